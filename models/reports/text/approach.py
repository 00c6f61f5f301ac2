"""Advice for working with somebody, by its basis: DISC letters, Focus domains, Core Values."""

from __future__ import annotations

SECTIONS: dict[str, str] = {
    "do": "Do",
    "avoid": "Avoid",
    "difficult": "When it gets difficult",
    "feedback": "Giving feedback",
    "meetings": "In meetings",
}

Advice = dict[str, dict[str, tuple[str, ...]]]
"""By letter or domain, then by section."""

LEADING: Advice = {
    "D": {
        "do": ("Come to the point, and give reasons when asked.", "Offer two or three options and leave the choice."),
        "avoid": (
            "Long introductions, and details before the main message.",
            "Saying how to do what has been taken on already.",
        ),
        "difficult": (
            "Expect a sharper tone and quick decisions; name the one thing that must not be rushed.",
            "Disagree early and openly, with a proposal of your own.",
        ),
        "feedback": ("Be brief and concrete: what happened, what it led to, what you would like instead.",),
        "meetings": ("Begin with the decision that is needed, and end with who does what by when.",),
    },
    "I": {
        "do": (
            "Begin with a word about the person; the work follows more easily.",
            "Talk ideas through aloud before putting them in writing.",
        ),
        "avoid": ("Pages of figures without a story.", "Turning an idea down in the first minute."),
        "difficult": (
            "Expect more talk and fewer details; agree on the next two steps and write them down.",
            "Come by or call: silence is easily read as displeasure.",
        ),
        "feedback": ("Say first what works, and mean it; then name one thing to change and how you can help.",),
        "meetings": ("Leave room for ideas early on, and let somebody else keep the notes.",),
    },
    "S": {
        "do": (
            "Say early what will change, why, and what stays as it is.",
            "Ask for a view one to one, and give time for the answer.",
        ),
        "avoid": ("A sudden change of plan without a word of explanation.", "Taking silence for agreement."),
        "difficult": (
            "Expect them to go quiet and carry on; ask twice whether it is too much.",
            "Settle one thing after the other, in a friendly tone.",
        ),
        "feedback": ("Choose a calm moment in private, and make clear that the working relationship stands.",),
        "meetings": ("Send the agenda the day before, and ask for their view by name.",),
    },
    "C": {
        "do": (
            "Send facts and sources beforehand, and leave time to check them.",
            "Be exact about what you expect, and about how good is good enough.",
        ),
        "avoid": ("Vague requests, such as “just have a quick look”.", "Guesses that are presented as facts."),
        "difficult": (
            "Expect more checking and more distance; agree on what is certain and what may stay open.",
            "Do not take questions for resistance; answer them one by one.",
        ),
        "feedback": ("Bring examples, dates and the standard you measure by, and no general verdict.",),
        "meetings": ("Give figures and questions before the meeting, not in it.",),
    },
}
"""By the first letter of a DISC style."""

FOLLOWING: Advice = {
    "D": {
        "do": ("Say which result you want, and by when.",),
        "avoid": ("Leaving a decision open without saying when it will be made.",),
        "difficult": ("Find something that can be decided now.",),
        "feedback": ("Say plainly what should change; hints get lost.",),
        "meetings": ("Keep to the time, and cut what leads nowhere.",),
    },
    "I": {
        "do": ("Show that you enjoy working together.",),
        "avoid": ("Keeping everything to e-mail.",),
        "difficult": ("Lighten the mood without making light of the matter.",),
        "feedback": ("Praise where others hear it; criticise in private.",),
        "meetings": ("Ask for a view early; a lively exchange brings out the best of it.",),
    },
    "S": {
        "do": ("Give thanks for what runs smoothly because of them.",),
        "avoid": ("Pressing for an answer on the spot.",),
        "difficult": ("Keep the rest of the week predictable.",),
        "feedback": ("Take your time, and ask a day later how it was received.",),
        "meetings": ("Leave a moment of quiet before moving on; some thoughts need it.",),
    },
    "C": {
        "do": ("Put what was agreed in writing.",),
        "avoid": ("Glossing over an open question.",),
        "difficult": ("Go through the facts again, without haste.",),
        "feedback": ("Explain how you came to your view.",),
        "meetings": ("Keep minutes that can be relied on.",),
    },
}
"""By the second letter, if a style has one."""

STRONGEST: Advice = {
    "flexibility": {
        "do": ("Bring the open question and not only the finished answer.",),
        "feedback": ("Ask what they would try next time.",),
        "meetings": ("Let them sketch an alternative before the group settles.",),
    },
    "organization": {
        "do": ("Agree on dates and keep them; say early when you cannot.",),
        "feedback": ("Point to the agreement that it is about.",),
        "meetings": ("Have an agenda, and end on time.",),
    },
    "communication": {
        "do": ("Call or come by rather than write.",),
        "feedback": ("Talk it over in person; a message alone may feel cold.",),
        "meetings": ("Give them a part in running the meeting.",),
    },
    "understanding": {
        "do": ("Say what a task means for the people it touches.",),
        "feedback": ("Stay fair to others while you speak; it will be noticed.",),
        "meetings": ("Ask them how a decision will be taken by the team.",),
    },
    "stability": {
        "do": ("Involve them when things get hectic; their calm tends to carry over.",),
        "feedback": ("Say it straight; it tends to be taken well.",),
        "meetings": ("Let them lead through a heated topic.",),
    },
}
"""By the highest Focus domain."""

LOWEST: Advice = {
    "flexibility": {
        "avoid": ("Brainstorming without a clear question.",),
        "difficult": ("Show what stays the same before you speak of what changes.",),
    },
    "organization": {
        "avoid": ("Deadlines that stand in nobody’s calendar.",),
        "difficult": ("Make a short list together, and cross things off it.",),
    },
    "communication": {
        "avoid": ("Putting them on the spot in front of many.",),
        "difficult": ("Offer to talk one to one, or in writing.",),
    },
    "understanding": {
        "avoid": ("Appeals to harmony in place of reasons.",),
        "difficult": ("Say in words how it affects you; it may not have been seen.",),
    },
    "stability": {
        "avoid": ("Bad news late in the day, with no way forward.",),
        "difficult": ("Say what is secure, and leave a night before the next step.",),
    },
}
"""By the lowest Focus domain."""
