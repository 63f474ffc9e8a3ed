"""A person's answer into the outbox, addressed to who asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from outreach.model.channel import Publisher, Summoned
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.errors import Refused
from outreach.model.note import Limits, Note
from outreach.rules.voices import Voices
from outreach.store import holds, ledger, mentions
from outreach.store.database import Database
from outreach.store.mentions import Logged


@dataclass(frozen=True, kw_only=True)
class Answering:
    """One reply, and how it may be answered. `refusal` is why not, "" where it may be.

    `owner` is in whose name the account speaks; "" is the company.
    """

    logged: Logged
    limits: Limits
    owner: str
    refusal: str


def answering(logged: Logged, channel: Publisher, voices: Voices) -> Answering:
    """What to know before an answer is written."""
    return Answering(
        logged=logged,
        limits=channel.limits,
        owner=voices.owner(logged.mention.account),
        refusal=_refusal(logged, channel),
    )


def worded(found: Answering, text: str) -> str:
    """The answer as it will be sent: it names whom it answers where the network needs that.

    Raises Refused where nothing is said, or too much.
    """
    handle = found.logged.mention.author.handle
    text = text.strip()
    if not text:
        raise Refused("the answer is empty")
    if found.limits.names_whom and handle.casefold() not in text.casefold():
        text = f"{handle} {text}"
    over = found.limits.measure(text) - found.limits.length
    if over > 0:
        raise Refused(f"the answer is too long for {found.logged.mention.account} by {over}")
    return text


def answer(
    database: Database,
    found: Answering,
    text: str,
    *,
    by: str,
    new_key: Callable[[], str],
    now: datetime,
) -> Delivery:
    """Queue the answer; in somebody else's name it is HELD until they say yes.

    Raises Refused where it may not be sent: nothing is queued then.
    """
    if found.refusal:
        raise Refused(found.refusal)
    mention = found.logged.mention
    held, why = Held.NOT, ""
    if found.owner not in ("", by):
        held, why = Held.PERSON, f"{by} wrote this in the name of {found.owner}, who has to approve"
    elif on := holds.on(database, mention.account):
        held, why = Held.ACCOUNT, on[0].reason
    delivery = Delivery(
        id=new_key(),
        account=mention.account,
        activity=Activity.CREATE,
        source=f"{found.logged.post}#answer-{mention.id}",
        part=0,
        note=Note(text=worded(found, text), in_reply_to=mention.id),
        state=State.HELD if held else State.READY,
        held=held,
        error=why,
        due=now,
        fresh_from=now,
        written_by=by,
    )
    with database.atomic():
        if not ledger.queue(database, delivery, now):
            raise Refused(_said_already(database, delivery))
        mentions.answered(database, mention)
    return delivery


def may_approve(delivery: Delivery, voices: Voices, by: str) -> str:
    """Why `by` may not let a held answer go; "" where they may."""
    if delivery.held is not Held.PERSON or not delivery.written_by:
        return ""
    owner = voices.owner(delivery.account)
    if voices.may_answer(delivery.account, by):
        return ""
    return f"it speaks in the name of {owner}, who has to approve it; this is {by}"


def _refusal(logged: Logged, channel: Publisher) -> str:
    if not logged.mention.kind.has_words:
        return f"a {logged.mention.kind} has no words to answer"
    return channel.unanswerable(logged.mention) if isinstance(channel, Summoned) else ""


def _said_already(database: Database, delivery: Delivery) -> str:
    (before,) = ledger.of_source(database, delivery.source)[:1]
    who = before.written_by or "somebody"
    return f"{who} has answered it already ({before.id}, {before.state}): {before.note.text}"
