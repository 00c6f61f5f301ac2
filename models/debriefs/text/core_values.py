"""What each value means to somebody who ranks it first."""

from __future__ import annotations

MEANING = {
    "achievement": "finishing something hard and seeing that it counts",
    "adventure": "new places, new people and a little uncertainty",
    "authenticity": "being the same person at work and outside it",
    "balance": "work that leaves room for the rest of life",
    "beauty": "things that are made with care and good to look at",
    "belonging": "being part of a group that would miss them",
    "community": "doing something for the people and the place around them",
    "compassion": "noticing when somebody struggles, and acting on it",
    "contribution": "leaving things a little better than they found them",
    "courage": "standing up for what is right, even when it costs something",
    "creativity": "making something that was not there before",
    "curiosity": "learning how things work, for its own sake",
    "excellence": "doing a thing as well as it can be done",
    "fairness": "the same rules for everybody",
    "faith": "convictions that reach further than work",
    "familyHappiness": "the people at home and how they are doing",
    "freedom": "room to decide for themselves",
    "friendship": "a few people they can count on, and who can count on them",
    "fun": "work that makes them laugh now and then",
    "growth": "being better at something than a year ago",
    "health": "strength and rest, before there is a reason to worry about either",
    "honesty": "saying and hearing how things are",
    "independence": "standing on their own feet",
    "influence": "having a say in where things go",
    "innovation": "finding the better way before others do",
    "knowledge": "knowing their subject thoroughly",
    "loyalty": "staying with people in bad weeks too",
    "nature": "time outdoors and care for living things",
    "order": "a place for everything and a plan that holds",
    "peace": "calm around them and no needless quarrels",
    "recognition": "good work that somebody notices",
    "reliability": "being somebody others can depend on",
    "respect": "hearing others and being heard, whatever the title",
    "responsibility": "being trusted with something that matters",
    "security": "a footing that will still be there next year",
    "service": "being of use to others",
    "simplicity": "fewer things, done well",
    "tradition": "keeping what has proved itself",
    "variety": "different tasks, and no two days the same",
    "wealth": "earning well and seeing effort pay",
    "wisdom": "judgement that comes from experience",
}

FIRST = ("%(value)s comes first: %(meaning)s.", "%(value)s comes first.")
SECOND = (
    ("%(value)s is close behind: %(meaning)s.", "%(value)s is close behind."),
    ("%(value)s follows: %(meaning)s.", "%(value)s follows."),
    ("%(value)s comes next: %(meaning)s.", "%(value)s comes next."),
)
"""With the meaning of the value, and without it."""
REST = "%(values)s complete the first five."
FURTHER = "Further down their list are %(values)s."
