"""A digest as Markdown that reads well as plain text."""

import re
from urllib.parse import quote

from outreach.model.digest import Coverage, Digest, PostReport
from outreach.model.mention import Mention
from outreach.rules import cut
from outreach.rules.durations import words

LONGEST, QUOTED = 5, 140
"""How many of those who wait a message names, and how many characters of what they said."""

_SPECIAL = re.compile(r"([\\`*\[\]<>|]|!(?=\[)|~(?=~)|&(?=#?\w+;)|^#|(?<![^\W_])_|_(?![^\W_]))")
_LIST = re.compile(r"^(\d*)([-+=.):])")
_IN_URLS = "!#$%&'()*+,/:;=?@[]-._~"
_HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, and what turns the direction of the text that follows."""


def markdown(digest: Digest) -> str:
    """The whole digest; each section is there, also when it is empty."""
    lines = [
        f"# Digest of {digest.until:%A, %d %B %Y}",
        "",
        _headline(digest),
        "",
        *_needs_a_human(digest),
        "## Waiting for an answer, longest first",
        "",
        *(_waiting(mention, digest) for mention in digest.waiting),
        *([] if digest.waiting else ["Nobody waits."]),
        "",
        "## What came back, by post",
        "",
        *(line for post in digest.posts for line in _post(post)),
        *([] if digest.posts else ["Nothing has been announced yet.", ""]),
    ]
    lines += ["## Coverage", "", *(coverage_line(entry) for entry in digest.coverage)]
    return "\n".join(lines).rstrip() + "\n"


def brief(digest: Digest, inbox: str) -> str:
    """The digest as one message for the team: how much there is, who waits longest, where to go."""
    lines = [f"Digest of {digest.until:%A, %d %B}: {_headline(digest)}"]
    for mention in digest.waiting[:LONGEST]:
        who = mention.author.name or mention.author.handle
        waited, said = (
            words(digest.until - mention.published),
            cut.at_word(" ".join(mention.text.split()), QUOTED, len),
        )
        lines.append(f"• {waited}: {who} on {mention.account}: {said} {web(mention.url)}".rstrip())
    if len(digest.waiting) > LONGEST:
        lines.append(f"• and {len(digest.waiting) - LONGEST} more")
    if digest.failures:
        lines.append(f"{count(len(digest.failures), 'thing')} needs a human.")
    unseen = [entry.account for entry in digest.coverage if entry.error]
    if unseen:
        lines.append(f"Could not be read: {', '.join(unseen)}.")
    return "\n".join([*lines, inbox])


def _needs_a_human(digest: Digest) -> list[str]:
    if not digest.failures:
        return []
    return ["## Needs a human", "", *(f"- {escape(it)}" for it in digest.failures), ""]


def coverage_line(entry: Coverage) -> str:
    """What could be seen of one account; "0 replies" never means "could not look"."""
    who = f" as {escape(entry.handle)}" if entry.handle else ""
    if entry.unread:
        return f"- **{entry.account}**{who}: replies cannot be read: {escape(entry.unread)}"
    if entry.error:
        return f"- **{entry.account}**{who}: could not be read: {escape(entry.error)}"
    if entry.polled is None:
        return f"- **{entry.account}**{who}: not looked at yet"
    here = count(entry.replies, "reply")
    return f"- **{entry.account}**{who}: {here} here, read at {entry.polled:%H:%M} UTC"


def count(number: int, noun: str) -> str:
    """`1 reply`, `2 replies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def escape(text: str) -> str:
    """Somebody's words on one line, with nothing in them that Markdown would act on."""
    words = " ".join(_HIDDEN.sub("", text.encode(errors="replace").decode()).split())
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", words))


def web(url: str) -> str:
    """Somebody's URL if it is one of the web, else nothing."""
    return url if url.startswith(("http://", "https://")) else ""


def link(text: str, url: str) -> str:
    """A link to a web page, or the text alone where somebody's URL is none."""
    target = quote(web(url), safe=_IN_URLS, errors="replace")
    return f"[{escape(text)}](<{target}>)" if target else escape(text)


def _headline(digest: Digest) -> str:
    new = sum(len(post.mentions) for post in digest.posts)
    line = f"{count(new, 'reply')} in 24 hours · {len(digest.waiting)} waiting for an answer"
    strangers = f" · {digest.pending} from people we do not know yet (outreach moderate)"
    return line + strangers if digest.pending else line


def _waiting(mention: Mention, digest: Digest) -> str:
    waited = words(digest.until - mention.published)
    return f"- **{waited}** · {_line(mention)}"


def _post(post: PostReport) -> list[str]:
    copies = " · ".join(link(account, url) for account, url in post.syndication)
    lines = [f"### {link(post.title, post.url)}", "", f"Copies: {copies or 'none yet'}", ""]
    if reactions := liked(post):
        lines += [f"{reactions}.", ""]
    lines += [f"- {_line(mention)}" for mention in post.mentions]
    if not post.mentions:
        lines.append("No replies in this period.")
    return [*lines, ""]


def liked(post: PostReport) -> str:
    """Who said something without words: `2 likes, 1 repost`; "" where nobody did."""
    kinds = ((post.likes, "like"), (post.reposts, "repost"), (post.bookmarks, "bookmark"))
    return ", ".join(count(number, noun) for number, noun in kinds if number)


def _line(mention: Mention) -> str:
    who = escape(mention.author.name or mention.author.handle)
    handle = escape(mention.author.handle)
    where = link(mention.account, mention.url)
    return f"{who} ({handle}) on {where}: {escape(mention.text)}"
