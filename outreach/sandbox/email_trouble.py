"""How a mail server fails at the final dot, when nobody can know what became of the mail."""

import asyncio
from collections.abc import Callable

from outreach.sandbox.faults import LONGEST_HANG, Fault
from outreach.sandbox.protocol import sever
from outreach.sandbox.world import World

LAST_WORDS = {
    "apply+500": "",
    "apply+504": "25",
    "apply+truncated": "250 2.0.0 Ok: que",
    "apply+html": "<html><body><h1>One moment, please</h1></body></html>\r\n",
    "500": "",
}
"""What is heard before the connection ends."""

_late: set[asyncio.Task[None]] = set()


class Broken(Exception):
    """The connection has ended, or must."""


async def struck(
    world: World,
    fault: Fault,
    accept: Callable[[], str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> str:
    """Let the mail suffer the fault: a refusal is given back, all else ends the connection.

    SMTP has no way to refuse what it took over, so apply+422 is a lost answer like the others.
    """
    seconds = fault.seconds / world.time_scale
    applies = fault.mode.startswith("apply+") and fault.mode != "apply+late"
    if applies or fault.mode == "index-lag":
        accept()
    match fault.mode:
        case "422":
            return "554 5.7.1 Refused by a fault"
        case "401":
            return "530 5.7.0 Authentication required"
        case "429":
            return "450 4.7.1 Too many mails, come again later"
        case "apply+hang":
            await _hang(reader)
        case "apply+late":
            _later(seconds, accept)
    if fault.mode in LAST_WORDS:
        writer.write(LAST_WORDS[fault.mode].encode())
        await writer.drain()
    else:
        sever(writer.transport)
    raise Broken(fault.mode)


async def _hang(reader: asyncio.StreamReader) -> None:
    """Say nothing until the client gives up."""
    try:
        await asyncio.wait_for(reader.read(), LONGEST_HANG)
    except TimeoutError:
        return


def _later(seconds: float, accept: Callable[[], str]) -> None:
    async def apply() -> None:
        await asyncio.sleep(seconds)
        accept()

    task = asyncio.create_task(apply())
    _late.add(task)
    task.add_done_callback(_late.discard)
