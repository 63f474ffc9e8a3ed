"""A whole small social world on loopback: every network's real rules, and a ledger that judges."""

from outreach.sandbox.app import open_world
from outreach.sandbox.protocol import Protocol

__all__ = ["Protocol", "open_world"]
