"""outreach doctor"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from outreach.cli import as_json, folder


@click.command("doctor")
@folder
@click.option("--resolver", metavar="HOST:PORT", default="", help="Ask this DNS server.")
@as_json
def command(folder: Path, resolver: str, as_json: bool) -> None:
    """Check what outside of here has to be right for letters to arrive; 1 if something is not.

    Of each newsletter's domain: who may send for it (SPF), the key of its signatures (DKIM), and
    what receivers do with mail that fails both (DMARC). The DNS is asked, and nobody else: the real
    one, also in sandbox mode.

    \b
    outreach doctor .                           all accounts that can be checked
    outreach doctor --resolver 9.9.9.9:53 .     past a resolver that remembers the old records
    outreach doctor --json .       account, check, ok, what, record
    """
    from outreach.channels._email_dns import texts
    from outreach.config import load
    from outreach.flows.doctor import examine
    from outreach.workspace import DATABASES

    rows = [_row(one) for one in examine(load(folder).accounts, texts(resolver))]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    for row in () if as_json else rows:
        click.echo(_said(row))
    if rows and not as_json and not resolver and not (folder / DATABASES["live"]).exists():
        click.echo("SANDBOX  letters stay on this machine; the DNS that was asked is the real one")
    if not rows and not as_json:
        click.echo("Nothing to check: config.yaml has no account of the kind email.")
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


def _row(diagnosis: Any) -> dict[str, Any]:
    finding = diagnosis.finding
    return {
        "account": diagnosis.account,
        "check": finding.check,
        "ok": finding.ok,
        "what": finding.what,
        "record": finding.record or None,
    }


def _said(row: dict[str, Any]) -> str:
    from outreach.cli._table import one_line

    mark = "ok " if row["ok"] else "BAD"
    add = f"\n     add  {one_line(row['record'])}" if row["record"] else ""
    return f"{mark}  {row['account']} {row['check']}: {one_line(row['what'])}{add}"
