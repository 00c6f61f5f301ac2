"""What the four DISC scales say about somebody at work, in sentences. Keys are the leading letters of a style."""

from __future__ import annotations

TEMPERS: dict[str, tuple[str, str]] = {
    "D": (
        "Direct and set on results",
        "They go straight for the result, decide early and would rather correct course than wait.",
    ),
    "DI": (
        "Decisive and persuasive",
        "They set a brisk pace, say where things should go and carry people along with them.",
    ),
    "DS": (
        "Determined and steady",
        "They push for a result and then stay with it, patiently, until it is done.",
    ),
    "DC": (
        "Demanding and exact",
        "They want the result and want it right, and they question plans that rest on guesses.",
    ),
    "I": (
        "Open and encouraging",
        "They think aloud, start things by talking to people and bring energy into a room.",
    ),
    "ID": (
        "Enthusiastic and bold",
        "They win people over to an idea quickly and want to see it move the same week.",
    ),
    "IS": (
        "Warm and approachable",
        "They work through relationships, listen well and keep a group in good spirits.",
    ),
    "IC": (
        "Lively, with an eye for detail",
        "They present an idea with feeling and then check that the facts will carry it.",
    ),
    "S": (
        "Calm and dependable",
        "They work at an even pace, finish what they take on and keep things running quietly.",
    ),
    "SD": (
        "Steady, with a firm will",
        "They are patient in manner and hard to move once they have settled on a goal.",
    ),
    "SI": (
        "Patient and sociable",
        "They put people at ease, help before they are asked and prefer a plan that all can live with.",
    ),
    "SC": (
        "Careful and loyal",
        "They follow a proven method, keep their word and notice when something is about to slip.",
    ),
    "C": (
        "Precise and thoughtful",
        "They gather the facts first, work carefully and hold themselves to a high standard.",
    ),
    "CD": (
        "Analytical and decisive",
        "They think a problem through alone, come back with a clear view and defend it with evidence.",
    ),
    "CI": (
        "Exact and engaging",
        "They prepare thoroughly and then explain what they found so that others can follow.",
    ),
    "CS": (
        "Thorough and even-handed",
        "They look twice before they agree, keep good order and deliver the same quality every time.",
    ),
}
"""The headline for the first one or two letters of a style, and how such a person tends to work."""

ALSO = {
    "D": "When it counts they can also be blunt and quick.",
    "I": "Among people they know, a livelier side comes out.",
    "S": "They stay considerate all the same.",
    "C": "Even so, they like to see the numbers checked.",
}
"""What a third letter adds."""

WITH_OTHERS = {
    "D": (
        "In a group they take the floor early and expect plain answers, and they give the same in return.",
        "They speak plainly, enjoy a good argument and rarely hold one against anybody.",
    ),
    "I": (
        "They make contact easily, remember what people told them and do their best thinking in conversation.",
        "They give praise freely and draw quieter colleagues into the conversation.",
    ),
    "S": (
        "Colleagues come to them, since they listen without hurrying and keep what they hear to themselves.",
        "They prefer to work with the same few people and look after them well.",
    ),
    "C": (
        "They choose their words, keep some distance at first and open up once a topic interests them.",
        "They ask the question that everybody else skipped, politely and to the point.",
    ),
}

UNDER_PRESSURE = {
    "D": (
        "When time is short they take over, cut discussions short and may not see who is still catching up.",
        "Under pressure they speed up, and patience with long explanations is the first thing to go.",
    ),
    "I": (
        "When things get tense they talk more and plan less, and may promise more than the week can hold.",
        "Under pressure they look for company and a lighter mood, and details can slip meanwhile.",
    ),
    "S": (
        "When everything changes at once they go quiet and carry on, and may say yes when it is too much.",
        "Under pressure they hold on to what works and need a moment before they can let go of it.",
    ),
    "C": (
        "When time is short they check once more than they need to and find it hard to call a thing finished.",
        "Under pressure they withdraw to think, which others can take for doubt.",
    ),
}

APPROACH = {
    "D": (
        "Come to the point, offer a choice and let them decide.",
        "Be brief, say what you need and by when, and stand by your view.",
    ),
    "I": (
        "Begin with a word about the person, then agree the next step in writing.",
        "Leave room for conversation and for good news, and lend a hand with the details.",
    ),
    "S": (
        "Say early what will change and why, and ask for their view in private.",
        "Be friendly, take your time, and give thanks for what runs smoothly because of them.",
    ),
    "C": (
        "Bring facts, leave time to check them and be exact about what you expect.",
        "Send the material beforehand and take questions as interest, not as resistance.",
    ),
}

MARKED = (
    "This is very marked: colleagues will meet it in most of what they do.",
    "It shows in nearly everything they do, and those who work with them will know it within a week.",
)
"""For a highest scale close to its end."""

EVEN: dict[str, str] = {
    "D": "Balanced, with a lean towards results",
    "I": "Balanced, with a lean towards people",
    "S": "Balanced, with a lean towards steadiness",
    "C": "Balanced, with a lean towards precision",
}
"""The headline for four scales close together, by the highest of them."""

EVEN_AT_WORK = (
    "No single way of working leads: they can take charge, win people over, keep things steady or check the facts, as the day asks.",
    "They have no one way of working, and move between deciding, persuading, steadying and checking with little effort.",
)
EVEN_WITH_OTHERS = (
    "Which side of them colleagues meet depends on the group: they tend to bring what it lacks.",
    "They fit into different groups easily, and may be described quite differently by different people.",
)
EVEN_UNDER_PRESSURE = (
    "How they take pressure depends on the case, so it helps to ask what they need instead of guessing.",
    "Under pressure they may change course more often than others, since several answers seem right to them.",
)
EVEN_APPROACH = (
    "Say which part you need from them this time: a decision, a conversation, a steady hand or a second look.",
    "Ask how they see their part in this before it begins; they can take any of several.",
)

QUIET = {
    "D": "They rarely push a view of their own to the front, so it pays to ask for it.",
    "I": "Long rounds of talk cost them energy; what matters is better sent in a few lines.",
    "S": "Waiting, and long stretches of the same, try their patience.",
    "C": "Rules and fine print hold them less than others, so somebody should look at those.",
}
"""For a very low scale."""
