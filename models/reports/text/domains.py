"""The meaning of Focus results: each domain at its five levels, and the tendency of a high score on each facet."""

from __future__ import annotations

DOMAINS: dict[str, dict[str, str]] = {
    "flexibility": {
        "veryLow": "Tends to rely firmly on what has proved itself, and to ask for a strong reason before changing it.",
        "low": "Tends to prefer familiar methods, and to take up new ones once others have tried them.",
        "baseline": "Tends to welcome a new idea once it is clear what it is for.",
        "high": "Tends to look for other ways of doing things, and to enjoy questions without a ready answer.",
        "veryHigh": "Tends to be drawn to whatever is new, and to rework even what already works.",
    },
    "organization": {
        "veryLow": "Tends to work without much of a plan, in bursts, and may leave loose ends.",
        "low": "Tends to keep plans loose, and to decide on the way what comes next.",
        "baseline": "Tends to plan what matters and to improvise the rest.",
        "high": "Tends to plan ahead, to keep lists and to finish on the day that was agreed.",
        "veryHigh": "Tends to have everything planned and in its place, and to find a mess tiring.",
    },
    "communication": {
        "veryLow": "Tends to keep to a small circle, and to say most in writing or one to one.",
        "low": "Tends to listen more than to speak, and to want some quiet after much company.",
        "baseline": "Tends to join in where there is something to add, and to be content to listen otherwise.",
        "high": "Tends to seek company, to speak up readily and to bring life into a group.",
        "veryHigh": "Tends to be in the middle of things, full of energy, and to think by talking.",
    },
    "understanding": {
        "veryLow": "Tends to keep a cool head about people, to negotiate hard and to let trust grow slowly.",
        "low": "Tends to look after the matter first and the mood second.",
        "baseline": "Tends to help readily, and to keep their own interests in view as well.",
        "high": "Tends to assume good intentions, and to share credit, time and knowledge.",
        "veryHigh": "Tends to put others first, and may find it hard to say no.",
    },
    "stability": {
        "veryLow": "Tends to take setbacks to heart; a calm word early on goes a long way.",
        "low": "Tends to notice strain early, and to want a little time after a hard day.",
        "baseline": "Tends to feel a bad day, and to be much the same as ever the next morning.",
        "high": "Tends to stay composed when things go wrong, and to pass some of that calm on.",
        "veryHigh": "Tends to be shaken by very little, and may miss how tense others are.",
    },
}

FACETS: dict[str, str] = {
    "creativity": "finding another way than the usual one",
    "aestheticAppreciation": "noticing form, colour and good design",
    "emotionalAwareness": "noticing the feelings in a situation",
    "innovativeness": "trying new tools and methods",
    "intellectualCuriosity": "wanting to know how things work",
    "openMindedness": "changing a view when there are reasons",
    "selfBelief": "expecting to manage hard tasks",
    "systemization": "keeping things in order",
    "responsibility": "doing what was promised",
    "goalOriented": "working towards a goal that was set",
    "discipline": "keeping at dull but needed work",
    "prudence": "thinking before deciding",
    "friendliness": "warming to people quickly",
    "sociability": "enjoying company and groups",
    "leadership": "stepping forward and taking the lead",
    "vigor": "a brisk pace and plenty to do",
    "adventureSeeking": "enjoying a risk and the unknown",
    "cheerfulness": "good humour and a light touch",
    "trust": "believing that others mean well",
    "integrity": "being straight, also when it costs",
    "generosity": "giving time and help freely",
    "teamwork": "putting the common result first",
    "humility": "leaving the limelight to others",
    "empathy": "sensing what others are going through",
    "calmness": "keeping worries small",
    "evenTemper": "staying patient when annoyed",
    "optimism": "expecting things to turn out well",
    "selfAssurance": "being at ease in front of others",
    "selfControl": "holding an impulse back",
    "resilience": "recovering after a setback",
}
