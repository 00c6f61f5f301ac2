"""Where DISC and Focus contradict or complement each other: these sentences replace the plain one about the Focus domain."""

from __future__ import annotations

from models.debriefs.text.focus import HIGH, LOW

TENSIONS: dict[tuple[str, str, str], str] = {
    ("D", "flexibility", LOW): "For all that drive they trust what has worked before, and push along proven roads.",
    (
        "D",
        "organization",
        LOW,
    ): "The goal is clear to them sooner than the plan, so expect bursts of work and a loose end here and there.",
    (
        "D",
        "communication",
        LOW,
    ): "They say what they want in few words and go back to work; nobody should expect them to talk it over at length.",
    (
        "D",
        "understanding",
        HIGH,
    ): "The directness comes with good will: they share credit freely, and a blunt word is rarely meant unkindly.",
    (
        "D",
        "stability",
        LOW,
    ): "Behind the firm manner setbacks stay with them; a word of reassurance is welcome, though they will not ask for one.",
    (
        "I",
        "flexibility",
        LOW,
    ): "They win people over with energy more than with novelty, and rely on ways that have worked before.",
    (
        "I",
        "organization",
        HIGH,
    ): "Behind the lively manner there is a plan: their lists are kept and their dates are met.",
    (
        "I",
        "communication",
        LOW,
    ): "With people they know they are warm, and yet large groups tire them; a talk of two or three suits them better.",
    (
        "I",
        "understanding",
        LOW,
    ): "Good company as they are, they keep a cool head: that they smile does not mean that they have agreed.",
    ("I", "stability", LOW): "Their good mood is real and not unshakeable; a cool remark can stay with them for days.",
    (
        "S",
        "flexibility",
        HIGH,
    ): "Steady does not mean set in their ways: new ideas attract them, as long as there is time to try them out.",
    (
        "S",
        "organization",
        LOW,
    ): "Their calm comes from patience more than from planning, so lists and dates are better agreed aloud.",
    (
        "S",
        "communication",
        HIGH,
    ): "Quiet in manner, they seek company all the same, and join in readily once they know a group.",
    (
        "S",
        "understanding",
        LOW,
    ): "Considerate as they are in manner, their trust has to be earned, and they notice when they are being used.",
    (
        "S",
        "stability",
        LOW,
    ): "The even surface can mislead: tension works on underneath, and they may carry it alone for too long.",
    (
        "C",
        "flexibility",
        HIGH,
    ): "Strict with facts, they play with ideas freely; a new method has its chance if the reasoning holds.",
    (
        "C",
        "organization",
        LOW,
    ): "Exact in the thing itself, they are looser with the plans around it: good work, which may come in bursts.",
    (
        "C",
        "communication",
        HIGH,
    ): "Once the facts are clear they like to talk them through, and seek company more than their careful manner suggests.",
    (
        "C",
        "understanding",
        HIGH,
    ): "Strict with facts, they are generous with people: they share what they know, and take a mistake as something to learn from.",
    (
        "C",
        "stability",
        LOW,
    ): "Open questions and criticism tend to follow them home, so it helps to say plainly when a matter is closed.",
}
