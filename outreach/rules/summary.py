"""A digest as Markdown that reads well as plain text."""

import re

from outreach.model.digest import Coverage, Digest, PostReport
from outreach.model.mention import Mention
from outreach.rules.durations import words

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def markdown(digest: Digest) -> str:
    """The whole digest; each section is there, also when it is empty."""
    lines = [
        f"# Digest of {digest.until:%A, %d %B %Y}",
        "",
        _headline(digest),
        "",
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
    if digest.failures:
        lines += ["## Needs a human", "", *(f"- {line}" for line in digest.failures), ""]
    lines += ["## Coverage", "", *(coverage_line(entry) for entry in digest.coverage)]
    return "\n".join(lines).rstrip() + "\n"


def coverage_line(entry: Coverage) -> str:
    """What could be seen of one account; "0 replies" never means "could not look"."""
    if entry.error:
        return f"- **{entry.account}**: could not be read: {escape(entry.error)}"
    if entry.polled is None:
        return f"- **{entry.account}**: not looked at yet"
    here = count(entry.replies, "reply")
    return f"- **{entry.account}**: {here} here, read at {entry.polled:%H:%M} UTC"


def count(number: int, noun: str) -> str:
    """`1 reply`, `2 replies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def escape(text: str) -> str:
    """Somebody's words on one line, with nothing in them that Markdown would act on."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _headline(digest: Digest) -> str:
    new = sum(len(post.mentions) for post in digest.posts)
    return f"{count(new, 'reply')} in 24 hours · {len(digest.waiting)} waiting for an answer"


def _waiting(mention: Mention, digest: Digest) -> str:
    waited = words(digest.until - mention.published)
    return f"- **{waited}** · {_line(mention)}"


def _post(post: PostReport) -> list[str]:
    copies = " · ".join(f"[{account}](<{url}>)" for account, url in post.syndication)
    lines = [f"### [{escape(post.title)}](<{post.url}>)", "", f"Copies: {copies or 'none yet'}", ""]
    lines += [f"- {_line(mention)}" for mention in post.mentions]
    if not post.mentions:
        lines.append("No replies in this period.")
    return [*lines, ""]


def _line(mention: Mention) -> str:
    who = escape(mention.author.name or mention.author.handle)
    handle = escape(mention.author.handle)
    link = f"[{mention.account}](<{mention.url.replace('>', '%3E')}>)"
    return f"{who} ({handle}) on {link}: {escape(mention.text)}"
