"""A person's answer into the outbox, addressed to who asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from outreach.model.channel import Opened, Publisher, Summoned
from outreach.model.delivery import Activity, Delivery, Held, State
from outreach.model.errors import Refused
from outreach.model.note import Audience, Limits, Note
from outreach.rules.voices import Voices
from outreach.store import holds, ledger, mentions, posts
from outreach.store.database import Database
from outreach.store.mentions import Logged


@dataclass(frozen=True, kw_only=True)
class Answering:
    """One reply, and how it may be answered. `refusal` is why not, "" where it may be.

    `by_hand` is why only a person can write there, on the network's own page: `limits` is None then
    unless a person is held to them, too. `owner` is in whose name the account speaks; "" is the
    company.
    """

    logged: Logged
    limits: Limits | None
    owner: str
    refusal: str
    by_hand: str = ""


def answering(logged: Logged, channel: Opened, voices: Voices) -> Answering:
    """What to know before an answer is written."""
    mention, by_hand = logged.mention, ""
    if not hasattr(channel, "publish"):
        by_hand = f"{mention.account} only listens: there is no way to answer from here"
    elif isinstance(channel, Summoned):
        by_hand = channel.unanswerable(mention)
    return Answering(
        logged=logged,
        limits=None if by_hand else cast(Publisher, channel).limits,
        owner=voices.owner(mention.account),
        refusal="" if mention.kind.has_words else f"a {mention.kind} has no words to answer",
        by_hand=by_hand,
    )


def worded(found: Answering, text: str) -> str:
    """The answer as it will be sent: it names whom it answers where the network needs that.

    Raises Refused where nothing is said, or too much.
    """
    handle = found.logged.mention.author.handle
    text = text.strip()
    if not text:
        raise Refused("the answer is empty")
    if found.limits is None:
        return text
    if found.limits.names_whom and not _names(text, handle):
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

    Raises Refused where it may not be sent, or somebody has answered: nothing is queued then. An
    answer that FAILED counts for none.
    """
    if why := found.refusal or found.by_hand:
        raise Refused(why)
    mention = found.logged.mention
    addressed = found.limits is not None and found.limits.audience is Audience.SUBSCRIBERS
    to = mention.author.id if addressed else None
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
        recipient=to or "",
        note=Note(
            text=worded(found, text),
            title=_subject(database, found.logged.post) if to else "",
            in_reply_to=mention.id,
            to=to,
            language=_language(database, found.logged.post),
        ),
        state=State.HELD if held else State.READY,
        held=held,
        error=why,
        due=now,
        fresh_from=now,
        written_by=by,
    )
    with database.atomic():
        before = ledger.answers(database, mention.account, mention.id)
        if said := _said(database, before):
            raise Refused(said)
        delivery = replace(delivery, occurrence=len(before))
        ledger.queue(database, delivery, now)
        mentions.answered(database, mention.account, mention.id)
    return delivery


def may_approve(delivery: Delivery, voices: Voices, by: str) -> str:
    """Why `by` may not send an answer, whatever its state; "" where they may.

    What somebody wrote in another's name goes out by that other's yes alone.
    """
    owner = voices.owner(delivery.account)
    if delivery.written_by in ("", owner) or voices.may_answer(delivery.account, by):
        return ""
    return f"it speaks in the name of {owner}, who has to approve it; this is {by}"


def said_since(database: Database, delivery: Delivery) -> str:
    """Who else has answered, where a FAILED answer would go out after all; "" if nobody."""
    if not delivery.written_by or delivery.note.in_reply_to is None:
        return ""
    answers = ledger.answers(database, delivery.account, delivery.note.in_reply_to)
    return _said(database, [other for other in answers if other.id != delivery.id])


def _said(database: Database, answers: Sequence[Delivery]) -> str:
    """Who said what and when, in the first of these that did not fail; "" if all did."""
    before = next((one for one in answers if one.state is not State.FAILED), None)
    if before is None:
        return ""
    at = ledger.history(database, before.id)[0][0]
    return (
        f"{before.written_by} has answered it already, {at:%Y-%m-%d %H:%M} UTC "
        f"({before.id}, {before.state}): {before.note.text}"
    )


def _names(text: str, handle: str) -> bool:
    """Whether the text names them by their whole handle: @bobby and @bob@elsewhere are not @bob."""
    whole = rf"(?<![\w@/]){re.escape(handle)}(?![\w@]|[.-]+\w)"
    return re.search(whole, text, re.IGNORECASE) is not None


def _subject(database: Database, post: str) -> str:
    """What a letter that answers is about."""
    return f"Re: {posts.one(database, post).title}" if post else "Re: your letter"


def _language(database: Database, post: str) -> str:
    """That of the post which was answered, as far as it is known."""
    announced = ledger.of_source(database, post)
    return announced[0].note.language if announced else Note.language
