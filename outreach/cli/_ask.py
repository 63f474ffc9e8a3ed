"""What a person types, or a script writes to standard input."""

import sys

import click

from outreach.model.errors import Refused


def ask(label: str, *, secret: bool = False) -> str:
    """One answer: a person's, not shown where it is secret, or the next line of a script's."""
    if _typed():
        answer: str = click.prompt(label, hide_input=secret)
        return answer
    line = sys.stdin.readline()
    if not line:
        raise Refused(f"standard input ended before: {label}")
    return line.removesuffix("\n")


def ask_secret(label: str) -> str:
    """One secret: a person's, not shown, or all of standard input, less its last line end."""
    if _typed():
        return ask(label, secret=True)
    return sys.stdin.read().removesuffix("\n")


def _typed() -> bool:
    return sys.stdin.isatty()
