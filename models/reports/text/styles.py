"""The meaning of DISC results: one text for each pair of leading letters, and one for each scale by level.

Sentences begin with the verb, so that they read the same to the person themselves and to a colleague.
"""

from __future__ import annotations

STYLES: dict[str, str] = {
    "D": "Tends to aim for the goal by the shortest way and to decide early. Likes clear responsibility and plain words.",
    "DI": "Tends to set the pace and to win people over on the way. Likes big goals, quick starts and a lively exchange.",
    "DS": "Tends to push towards a goal with patience. Likes to see a thing through, with people who stay.",
    "DC": "Tends to want a result soon, and to want it right. Likes facts, high standards and room to decide alone.",
    "I": "Tends to think aloud and to start things by talking with people. Likes variety, company and open doors.",
    "ID": "Tends to bring in ideas with enthusiasm and to want them tried at once. Likes an audience and freedom in how to get there.",
    "IS": "Tends to work through good relations, to encourage and to listen. Likes a friendly team and time for people.",
    "IC": "Tends to present an idea with feeling, then to check the facts behind it. Likes discussions that are lively and well prepared.",
    "S": "Tends to work at an even pace and to finish what was begun. Likes clear agreements, familiar people and calm.",
    "SD": "Tends to be patient in manner and firm about the goal. Likes plans that hold and progress that can be seen.",
    "SI": "Tends to put people at ease and to help before being asked. Likes shared success and plans that all can live with.",
    "SC": "Tends to follow a proven way, to keep promises and to notice what is about to slip. Likes order and advance notice.",
    "C": "Tends to gather the facts first and to work with care. Likes clear standards, time to think and answers that can be checked.",
    "CD": "Tends to think a problem through alone and to come back with a firm view. Likes hard questions, evidence and few meetings.",
    "CI": "Tends to prepare thoroughly, then to explain so that others can follow. Likes precise work that finds an audience.",
    "CS": "Tends to look twice before agreeing and to deliver the same quality every time. Likes quiet, good order and clear expectations.",
}
"""By the first letter or two of a style."""

CLOSE_TOGETHER = "The four scales lie close together here, so the style says less than it does for most people."

LOW, MIDDLE, HIGH = "low", "middle", "high"

SCALES: dict[str, dict[str, str]] = {
    "d": {
        LOW: "Tends to leave the lead to others and to look for agreement before pushing ahead.",
        MIDDLE: "Tends to take the lead where it is needed, and to follow where others know better.",
        HIGH: "Tends to take charge, to put problems on the table and to want decisions soon.",
    },
    "i": {
        LOW: "Tends to say little in large rounds, and to trust facts more than enthusiasm.",
        MIDDLE: "Tends to enjoy company in measure, and to be content to work alone as well.",
        HIGH: "Tends to seek contact, to speak with feeling and to carry others along.",
    },
    "s": {
        LOW: "Tends to welcome change, to switch quickly and to grow restless where little happens.",
        MIDDLE: "Tends to keep a steady pace, and to change it when there is a reason.",
        HIGH: "Tends to value calm and continuity, to listen and to be there for the team.",
    },
    "c": {
        LOW: "Tends to trust instinct, to improvise and to treat rules as suggestions.",
        MIDDLE: "Tends to check what matters, and to let the rest be good enough.",
        HIGH: "Tends to check the details, to follow sound rules and to ask for evidence.",
    },
}
