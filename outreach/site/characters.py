"""Which characters a page may carry."""

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry."""
    return _UNPRINTABLE.sub("", text)
