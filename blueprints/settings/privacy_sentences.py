"""What this server promises about data and AI assistants, sentence by sentence, made from its settings and those of an account.

Each sentence has a name, under which tests/promises/sentences.py lists the tests that hold it. A sentence that this server could not
keep has no place here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from config import Settings
from models.accounts.account import LEAST_DAYS, MOST_DAYS, USUAL_DAYS, Account
from models.accounts.data_export import KEPT as EXPORTS_KEPT
from models.connections.networks import KEPT as NETWORKS_KEPT
from models.connections.networks import MOST as NETWORKS
from models.mail.message import REMEMBERED as MAIL_KEPT
from models.mail.server_url import MailServer
from models.privacy.account_deletion import GRACE


@dataclass(frozen=True)
class Sentence:
    """One promise."""

    name: str
    text: str


@dataclass(frozen=True)
class About:
    """Whose promises they are: this server's and, for somebody who is signed in, those of the account they look at."""

    settings: Settings
    account: Account | None = None

    def access(self) -> Iterator[Sentence]:
        """What an assistant can get at."""
        yield Sentence(
            "deny",
            "When you connect an assistant, you see each scope that it asks for and can deny any of them. What "
            "you denied is refused, and its tools are not even listed.",
        )
        yield Sentence(
            "own-data",
            "A scope opens only its own data: a tool that reaches into the data of another scope needs that one too.",
        )
        yield Sentence(
            "role",
            "It can do no more than your own role allows at that moment. If your role changes, so does what it "
            "can do, from the next request on.",
        )
        yield Sentence(
            "walls",
            "It cannot see data of other accounts, what other people are signed in to, or anything outside the "
            "account that it was connected to.",
        )
        yield Sentence(
            "same-data",
            "What it sees is what the pages would show to you: its tools go the same way to the data as these pages.",
        )
        yield Sentence(
            "limits",
            "You can limit it further when you connect it, and under Connected apps at any time: fewer scopes, only "
            "profiles with certain tags, no e-mail addresses and phone numbers, reading only, so many calls a day, an "
            "end date.",
        )
        yield Sentence(
            "invitations",
            "It can have somebody invited, if you let it, but never gets to see the personal link, and adds no "
            "words of its own to the mail.",
        )

    def way(self) -> Sentence:
        """How a call comes here."""
        host = self.settings.host
        if self.settings.https:
            return Sentence(
                "https",
                f"The call goes from the assistant to {host} over HTTPS, with an access token for your account.",
            )
        return Sentence("loopback", f"The call stays on this computer: {host} can be reached from nowhere else.")

    def kept(self) -> Iterator[Sentence]:
        """What this server does with data."""
        yield Sentence(
            "every-call",
            "Every call of a tool is written to the audit trail of your account: allowed, refused or failed, with what "
            "it touched. Of calls that are refused for coming too fast, one a minute is.",
        )
        yield Sentence(
            "not-typed",
            "The trail holds what was done and to whom, not what was typed. The network (a shortened address), the "
            "program that called, and names of what is gone since stand beside it. They are erased when whoever did it "
            "has their sign-in deleted, and the trail still proves itself.",
        )
        yield Sentence(
            "nothing-else",
            "Nothing of an account goes to an AI provider except as the answer to a tool call that an assistant "
            "made: not for training, not for analytics, not for anything else.",
        )
        yield from self.debriefs()
        yield self.mail()

    def debriefs(self) -> Iterator[Sentence]:
        recipient = self.settings.debrief_recipient
        if recipient is None:
            yield Sentence(
                "no-model",
                "Debriefs are composed by this server from the scores. No language model is in use.",
            )
            return
        yield Sentence(
            "model",
            "For debriefs there is one exception, and only where an Owner turned it on: scores go to the language "
            f"model {recipient.model} at {recipient.host}. No name, e-mail address or phone number goes with them, "
            "and each time stands in the audit trail.",
        )
        if self.account is None:
            return
        if self.account.lets_scores_go_to(recipient.host):
            yield Sentence("model-on", f"In {self.account.name} this is turned on.")
        else:
            yield Sentence(
                "model-off",
                f"In {self.account.name} this is turned off: debriefs are composed by this server, and no scores "
                "leave it.",
            )

    def mail(self) -> Sentence:
        server: MailServer | None = self.settings.mail_server
        if server is None:
            return Sentence(
                "no-mail",
                "This server sends no mail. The invitations that it would send are kept for Managers and Owners to hand "
                "over.",
            )
        return Sentence("mail", f"Mail goes out through {server.host}.")

    def retention(self) -> Iterator[Sentence]:
        """How long things are kept."""
        settings = self.settings
        yield Sentence(
            "token",
            f"An access token ends after {span(settings.access_token_lifetime)}. An ended one is refused; the "
            "assistant renews it by itself for as long as it is connected.",
        )
        yield Sentence(
            "idle",
            f"An assistant that has not been used for {span(settings.refresh_idle_lifetime)} must be connected "
            f"again, and so must each after {span(settings.refresh_absolute_lifetime)}.",
        )
        yield Sentence("history", "Connections stay listed until you revoke them, and afterwards as history.")
        yield Sentence(
            "networks",
            f"The last {NETWORKS} networks (shortened addresses) that a connection was used from are kept for "
            f"{span(NETWORKS_KEPT)} each, so that you can be told of a new one; the very last stays with the connection, "
            "as does the one that it was connected from.",
        )
        yield self.trail()
        yield Sentence(
            "made-stays",
            "What an assistant has made (profiles, tags, invitations) stays, as if you had made it here yourself.",
        )
        yield Sentence(
            "mail-kept",
            f"Which mail went to whom is kept for {span(MAIL_KEPT)}, and not its text. What somebody added to an "
            "invitation in their own words stays with the invitation, until the profile is deleted.",
        )
        yield Sentence(
            "exports-kept",
            f"An export is kept for {span(EXPORTS_KEPT)}, and ends sooner when the data of somebody in it is deleted.",
        )

    def trail(self) -> Sentence:
        if self.account is not None:
            days = f"{self.account.audit_retention_days:,}"
            return Sentence(
                "trail-here",
                f"The audit trail of {self.account.name} is kept for {days} days, which its Owners can change.",
            )
        return Sentence(
            "trail",
            f"Each account keeps its audit trail for as long as its Owners choose, between {LEAST_DAYS} and "
            f"{MOST_DAYS:,} days; {USUAL_DAYS} unless they chose otherwise.",
        )

    def revoking(self) -> Iterator[Sentence]:
        """How it ends."""
        yield Sentence(
            "at-once",
            "Revoking works at once: the very next request of the assistant fails, its access token is worth "
            "nothing from then on, and it cannot be renewed.",
        )
        yield Sentence("pause", "You can also pause a connection: it can do nothing until you let it go on.")
        yield Sentence(
            "leaving",
            "When you leave an account or are removed from it, everything that you connected there ends too, and "
            "nothing of it revives if you come back.",
        )

    def one_account(self) -> Sentence:
        """What holds for people in several accounts."""
        return Sentence(
            "one-account",
            "A connection belongs to exactly one account. Connecting an assistant to one account gives it nothing "
            "of another; to use it with a second one, connect it there as well. Both can stand side by side.",
        )

    def rights(self) -> Iterator[Sentence]:
        """What people can do."""
        yield Sentence(
            "see",
            "See all your connections at any time, with what each may do, what it did and whose data it read.",
        )
        yield Sentence(
            "export-own",
            "Export what is kept of you as somebody who signs in, and have your sign-in deleted.",
        )
        yield Sentence(
            "export-account",
            f"As an Owner, export the whole account, or have it deleted: {span(GRACE)} later it is gone. What is left "
            "for as long as the account kept its trail is what was done, without names.",
        )
        yield Sentence(
            "person",
            "If an account keeps a profile of you, ask to be removed on the page where you answered, or ask its "
            "Managers: they can export what is kept of you, and delete it.",
        )

    def pace(self) -> Sentence:
        """How much an assistant can do in a minute."""
        settings = self.settings
        return Sentence(
            "pace",
            f"A connection can make {settings.limit_calls:,} requests a minute and {settings.limit_writes:,} "
            f"changes; all connections of an account together can make {settings.limit_account_calls:,} calls a "
            "minute.",
        )

    def everything(self) -> Iterator[Sentence]:
        """Every promise on the page."""
        yield self.way()
        for part in (self.access, self.kept, self.retention, self.revoking, self.rights):
            yield from part()
        yield self.one_account()
        yield self.pace()


def span(time: timedelta) -> str:
    """A length of time in its largest whole unit: "30 days", "1 hour"."""
    seconds = int(time.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:,} {unit}{'s' if seconds != size else ''}"
    return f"{seconds:,} seconds"
