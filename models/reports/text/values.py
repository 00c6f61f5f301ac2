"""What energises somebody who ranks a value first, and what drains them. There is no advice for values of other instruments."""

from __future__ import annotations

VALUES: dict[str, tuple[str, str]] = {
    "achievement": (
        "Set a goal that is worth the effort, and notice when it is reached.",
        "Work that is never finished, or never counted.",
    ),
    "adventure": (
        "Offer them the pilot, the trip or the new client first.",
        "The same round every week without an end.",
    ),
    "authenticity": ("Speak as you are, without a part to play.", "Polished phrases that nobody means."),
    "balance": ("Respect the end of the working day.", "Praise for long hours."),
    "beauty": ("Give form its due: a page well made, a good room.", "Calling care for form a luxury."),
    "belonging": ("Include them by name, in small things too.", "Leaving them out of what everybody else was told."),
    "community": (
        "Say what the work does for the people and the place around it.",
        "Treating what lies outside the office as nobody’s business.",
    ),
    "compassion": ("Make time when somebody has a hard week.", "Going on as usual while a colleague struggles."),
    "contribution": ("Show who is better off through the work.", "Tasks whose use nobody can name."),
    "courage": ("Take up what others avoid, and say so.", "Looking away when something is wrong."),
    "creativity": ("Leave a part of the task to be invented.", "A template for everything."),
    "curiosity": ("Share the background and not only the task.", "“We have always done it that way” as an answer."),
    "excellence": ("Agree on what good looks like, and give it time.", "Passing on half a thing as a finished one."),
    "fairness": ("Treat like cases alike, and explain the exceptions.", "Favours for a few."),
    "faith": ("Respect convictions that reach further than work.", "Jokes about what people hold dear."),
    "familyHappiness": ("Plan with evenings and holidays at home in mind.", "Evenings and weekends at short notice."),
    "freedom": ("Agree on the goal, and leave the way to them.", "Rules without a reason, and reports on every step."),
    "friendship": ("Take time for the person before the topic.", "Using a personal tie to get something through."),
    "fun": ("Keep a light moment in the day.", "Heaviness where none is needed."),
    "growth": ("Offer the next thing to learn, and somebody to learn it from.", "A role with nothing left to learn."),
    "health": ("Plan breaks, and take them yourself.", "Wearing tiredness as a badge."),
    "honesty": ("Say how things are, the awkward part first.", "News that was made prettier than it is."),
    "independence": ("Hand over the whole task and not pieces of it.", "Help that nobody asked for."),
    "influence": ("Ask for their view while it can still change something.", "Decisions that are presented as done."),
    "innovation": ("Let them try the better way on a small scale.", "Defending a method because it is old."),
    "knowledge": (
        "Ask them as the one who knows the subject, and share sources.",
        "Skipping over what they know in detail.",
    ),
    "loyalty": (
        "Stand by an agreement when it gets uncomfortable.",
        "Talking badly of people who are not in the room.",
    ),
    "nature": ("Take a walk to talk something over.", "Waste that could be avoided."),
    "order": ("Keep things where they belong, and plans up to date.", "Changing the plan without writing it down."),
    "peace": ("Settle small quarrels early and quietly.", "Argument for its own sake."),
    "recognition": (
        "Say thank you by name, and where others hear it.",
        "Passing their work on without saying whose it is.",
    ),
    "reliability": ("Do what you said, or say in time that you cannot.", "Promises made in passing."),
    "respect": ("Hear everyone out, whatever their title.", "Interrupting, or talking over people."),
    "responsibility": ("Trust them with something that matters.", "Taking a task back without a word."),
    "security": ("Say early what is certain about the months ahead.", "Hints of change without facts."),
    "service": ("Say whom the work helps, and pass thanks on.", "Taking help for granted."),
    "simplicity": ("Leave out what is not needed.", "One more tool, form or meeting."),
    "tradition": ("Build on what has proved itself, and name it.", "Change for the look of it."),
    "variety": ("Mix tasks, places and people.", "Weeks that all look alike."),
    "wealth": ("Speak openly about pay, and about what effort brings.", "Vague promises about money."),
    "wisdom": ("Ask what experience says before you decide.", "Haste where a night’s sleep would help."),
}
"""By value: something to do, something to avoid."""
