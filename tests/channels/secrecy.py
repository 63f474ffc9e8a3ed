"""No secret of an account leaves it, but in the request that needs it."""

import logging
import traceback

import pytest

from outreach.model.channel import Finder, Listener
from outreach.model.errors import OutreachError

from ..ports import free_port
from ..sandbox.running import Sandbox
from .contract import Both, Contract, new_key, note

FAULTS = ("401", "422", "429", "500", "apply+truncated", "reset")


class SecrecyContract(Contract):
    """Canaries for secrets, logging at DEBUG, and each way to fail."""

    def test_no_secret_in_any_log_or_error(
        self, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        canaries: list[str] = []

        def secrets(name: str) -> str:
            canaries.append(f"{self.token}_CANARY_{name.removeprefix('$')}")
            return canaries[-1]

        caplog.set_level(logging.DEBUG)
        channel = self.open(sandbox.url, secrets)
        channel.publish(note(), new_key())
        if isinstance(channel, Finder):
            channel.find(note(), new_key(), self.since())
        if isinstance(channel, Listener):
            channel.collect(None)
        told = []
        for fault in FAULTS:
            sandbox.fail(fault, self.kind, times=self.refusals if fault == "401" else 1)
            told.append(failure(channel))
        told.append(failure(self.open(f"http://127.0.0.1:{free_port()}", secrets)))
        assert self.is_known(sandbox, "canary")
        seen = caplog.text + "".join(told)
        assert not [canary for canary in canaries if canary in seen]

    def is_known(self, sandbox: Sandbox, name: str) -> bool:
        """Whether the network knows an account by this name: its secrets were used."""
        return any(name in entry["by"].lower() for entry in sandbox.ledger(self.kind))


def failure(channel: Both) -> str:
    """All that an error tells, its causes included."""
    with pytest.raises(OutreachError) as caught:
        channel.publish(note(), new_key())
    return "".join(traceback.format_exception(caught.value))
