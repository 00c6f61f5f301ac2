"""What Focus scores say about somebody at work, in sentences: five domains by level, and each facet as a strength or a hint."""

from __future__ import annotations

LOW, MIDDLE, HIGH = "low", "middle", "high"

DOMAINS: dict[str, dict[str, str]] = {
    "flexibility": {
        LOW: "They trust what has worked before and want a good reason to change it.",
        MIDDLE: "They welcome a new idea once it is clear what it is for.",
        HIGH: "New ideas attract them, and any routine soon gets a twist of their own.",
    },
    "organization": {
        LOW: "They keep plans loose and work in bursts, which leaves room and sometimes loose ends.",
        MIDDLE: "They plan what matters and improvise the rest.",
        HIGH: "Their work is planned, their lists are kept and their dates are met.",
    },
    "communication": {
        LOW: "They say little in large groups and do better one to one or in writing.",
        MIDDLE: "They join in when they have something to add and are content to listen otherwise.",
        HIGH: "They seek company at work and rarely need to be asked for an opinion.",
    },
    "understanding": {
        LOW: "They keep a cool head in negotiations and believe that trust is earned.",
        MIDDLE: "They help readily and also know where their own interest lies.",
        HIGH: "They assume good intentions and share credit, time and what they know.",
    },
    "stability": {
        LOW: "Setbacks stay with them for a while, so an early word of reassurance goes a long way.",
        MIDDLE: "They may turn a bad day over in their mind, and are mostly themselves again the next morning.",
        HIGH: "They stay composed when others do not, and colleagues lean on that.",
    },
}

GIFTS = {
    "creativity": "knack for finding another way",
    "aestheticAppreciation": "eye for how things look and fit together",
    "emotionalAwareness": "feel for the mood in a room",
    "innovativeness": "appetite for new tools and methods",
    "intellectualCuriosity": "habit of asking how things really work",
    "openMindedness": "readiness to change their mind",
    "selfBelief": "confidence that a hard task can be done",
    "systemization": "sense of order",
    "responsibility": "reliability once they have said yes",
    "goalOriented": "pull towards the goal",
    "discipline": "staying power on dull but necessary work",
    "prudence": "care before a big decision",
    "friendliness": "friendly way with everyone",
    "sociability": "ease in company",
    "leadership": "willingness to take the lead",
    "vigor": "energy and pace",
    "adventureSeeking": "pleasure in a risk worth taking",
    "cheerfulness": "good humour",
    "trust": "trust in the people around them",
    "integrity": "straight dealing",
    "generosity": "generosity with time and help",
    "teamwork": "way of putting the team first",
    "humility": "modesty about their own part",
    "empathy": "sense of what others are going through",
    "calmness": "calm when things go wrong",
    "evenTemper": "even temper",
    "optimism": "confidence that things will turn out well",
    "selfAssurance": "composure in front of others",
    "selfControl": "restraint when provoked",
    "resilience": "way of getting up again after a setback",
}
"""The highest facet, as what colleagues notice first."""

ONE_GIFT = ("Colleagues are likely to notice their %(gift)s.", "What stands out is their %(gift)s.")
TWO_GIFTS = (
    "Colleagues are likely to notice their %(gift)s and their %(other)s.",
    "What stands out is their %(gift)s and their %(other)s.",
)
NO_GIFT = "No single trait stands out from the rest, and what a task asks for decides which of them shows."
WORK = "Give them work that needs their %(gift)s."

HINTS = {
    "creativity": "Bring a first draft rather than a blank page.",
    "aestheticAppreciation": "Show them what a thing does before how it looks.",
    "emotionalAwareness": "Say in words how something affects you; hints may pass unnoticed.",
    "innovativeness": "Introduce new tools one at a time, with a way back.",
    "intellectualCuriosity": "Start with the practical use and leave the theory for later.",
    "openMindedness": "Give an unfamiliar view time to settle before you ask for agreement.",
    "selfBelief": "Tell them what went well; they may not have noticed.",
    "systemization": "Agree on one place where things are kept.",
    "responsibility": "Put agreements in writing, with a name and a date.",
    "goalOriented": "Set the next milestone together, and make it a near one.",
    "discipline": "Break long tasks into pieces with an end in sight.",
    "prudence": "Ask what could go wrong before a decision is final.",
    "friendliness": "Do not take a short answer for a cold one.",
    "sociability": "Keep meetings small and leave time between them.",
    "leadership": "Do not push them to the front; ask which part they would like.",
    "vigor": "Leave breathing space between big efforts.",
    "adventureSeeking": "Explain the safety net before the leap.",
    "cheerfulness": "Do not mistake a sober tone for disapproval.",
    "trust": "Keep small promises; that is how they come to trust.",
    "integrity": "Say plainly which rules are firm, and why they exist.",
    "generosity": "Ask for help directly, and say what it is good for.",
    "teamwork": "Give them a piece of the work that is wholly theirs.",
    "humility": "Give credit where it is due; it matters to them.",
    "empathy": "Spell out what a decision means for the people it touches.",
    "calmness": "Give early notice of changes; surprises cost them more than most.",
    "evenTemper": "When words get sharp, pause and come back to it an hour later.",
    "optimism": "Take their doubts seriously; some of them will be right.",
    "selfAssurance": "Let them prepare before they have to speak in front of many.",
    "selfControl": "Leave a night between a heated exchange and the reply.",
    "resilience": "After a setback, look at it together before moving on.",
}
"""The lowest facet, as what helps when working with them."""

NO_HINT = "Ask what would help before you offer help: with them there is no one thing that always does."
"""For people without a facet that is low enough for a hint, or high enough to stand out."""
