"""What it can mean for working together when people are alike on a scale, and when they are not."""

from __future__ import annotations

TOGETHER: dict[str, dict[str, str]] = {
    "d": {
        "high": "All tend to take the lead, so agree on who decides what.",
        "both high": "Both tend to take the lead, so agree on who decides what.",
        "low": "None tends to push, so name somebody who will decide.",
        "both low": "Neither tends to push, so name somebody who will decide.",
        "apart": "Some press for a decision while others look for agreement: say first how it will be decided.",
    },
    "i": {
        "high": "All tend to talk things through, so write down what was agreed.",
        "both high": "Both tend to talk things through, so write down what was agreed.",
        "low": "All tend to keep to the matter, so make time on purpose to get to know each other.",
        "both low": "Both tend to keep to the matter, so make time on purpose to get to know each other.",
        "apart": "Some think aloud and others before they speak: leave room for both, in talk and in writing.",
    },
    "s": {
        "high": "All tend to keep things steady, so talk early about what has to change.",
        "both high": "Both tend to keep things steady, so talk early about what has to change.",
        "low": "All tend to like change, so decide together what stays.",
        "both low": "Both tend to like change, so decide together what stays.",
        "apart": "Some want things to stay and others to move: announce changes early, and say why.",
    },
    "c": {
        "high": "All tend to check carefully, so agree on when something is good enough.",
        "both high": "Both tend to check carefully, so agree on when something is good enough.",
        "low": "All tend to trust their instinct, so ask somebody to check the details.",
        "both low": "Both tend to trust their instinct, so ask somebody to check the details.",
        "apart": "Some want it checked and others want it done: agree for each task how exact it must be.",
    },
    "flexibility": {
        "high": "All tend to enjoy what is new, so decide what will be finished first.",
        "both high": "Both tend to enjoy what is new, so decide what will be finished first.",
        "low": "All tend to rely on what has proved itself, so ask somebody from outside now and then.",
        "both low": "Both tend to rely on what has proved itself, so ask somebody from outside now and then.",
        "apart": "Some look for new ways and others trust the proven one: try new things on a small scale.",
    },
    "organization": {
        "high": "All tend to plan, so leave room for what nobody planned.",
        "both high": "Both tend to plan, so leave room for what nobody planned.",
        "low": "All tend to keep plans loose, so agree on the few dates that must hold.",
        "both low": "Both tend to keep plans loose, so agree on the few dates that must hold.",
        "apart": "Some plan ahead and others decide on the way: agree on which dates are firm.",
    },
    "communication": {
        "high": "All tend to speak up, so take turns and leave pauses.",
        "both high": "Both tend to speak up, so take turns and leave pauses.",
        "low": "All tend to say little, so write things down and ask directly.",
        "both low": "Both tend to say little, so write things down and ask directly.",
        "apart": "Some talk with ease and others prefer quiet: collect views in writing before you discuss them.",
    },
    "understanding": {
        "high": "All tend to be considerate, so make it easy to disagree.",
        "both high": "Both tend to be considerate, so make it easy to disagree.",
        "low": "All tend to put the matter first, so ask how people are, too.",
        "both low": "Both tend to put the matter first, so ask how people are, too.",
        "apart": "Some think of the people first and others of the matter: say which question is on the table.",
    },
    "stability": {
        "high": "All tend to stay calm, so ask outright whether something is worrying.",
        "both high": "Both tend to stay calm, so ask outright whether something is worrying.",
        "low": "All tend to feel strain early, so keep the next steps small and certain.",
        "both low": "Both tend to feel strain early, so keep the next steps small and certain.",
        "apart": "Some stay calm where others feel the strain: ask each person and not the room.",
    },
}
