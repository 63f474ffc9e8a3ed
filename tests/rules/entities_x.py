"""What X takes for a name, a list, a tag and a URL when each stands alone (twitter-text)."""

import regex

_LETTER = r"\p{L}\p{M}"
_IN_TAG = (
    rf"[{_LETTER}\p{{Nd}}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb"
    r"\u3003\u0f0b\u0f0c\u00b7]"
)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_WIDE = r"\u0080-\U0010ffff"
_IN_NAME = rf"[a-z0-9{_WIDE}]"
_UNRESERVED = r"a-z0-9\u0400-\u04ff._~!$&'()*+,;=:\-"
_PCHAR = rf"(?:[{_UNRESERVED}@|]|%[0-9a-f]{{2}})"

USERNAME = regex.compile(r"[@＠][A-Za-z0-9_]{1,20}")
"""A handle."""

LIST = regex.compile(rf"{USERNAME.pattern}/[A-Za-z][A-Za-z0-9_-]{{0,24}}")
"""A list of a handle's."""

HASHTAG = regex.compile(rf"[#＃](?=.*[{_LETTER}]){_IN_TAG}+")
"""A tag: at least one letter."""

URL = regex.compile(
    rf"""
    https?://
    (?:(?:[{_UNRESERVED}]|%[0-9a-f]{{2}})*@)?                       # user and password
    (?:{_OCTET}(?:\.{_OCTET}){{3}} | \[[0-9a-f:.]+\]                # an address
      |(?:{_IN_NAME}(?:[a-z0-9_{_WIDE}-]*{_IN_NAME})?\.)*           # a name
       {_IN_NAME}(?:[a-z0-9{_WIDE}-]*{_IN_NAME})?
       \.[a-z{_WIDE}](?:[a-z0-9{_WIDE}-]*{_IN_NAME})?)
    (?::[0-9]{{1,5}})?
    (?:/{_PCHAR}*)* (?:\?(?:{_PCHAR}|[/?])*)? (?:\#(?:{_PCHAR}|[/?])*)?
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
"""A URL of the web, as RFC 3986 writes it but for letters of every script in its name."""
