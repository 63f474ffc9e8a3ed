"""The residents answer new notes by themselves, once, and the same way every time."""

from collections import Counter
from pathlib import Path

from outreach.sandbox.residents import RESIDENTS

from .running import Sandbox, eventually, in_thread

HANDLES = {resident.handle for resident in RESIDENTS}


def said(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    return [(e["network"], e["by"], e["text"]) for e in sandbox.ledger() if e["by"] in HANDLES]


def publish(sandbox: Sandbox, count: int) -> None:
    for number in range(count):
        sandbox.toot(f"Note {number}")
        sandbox.tweet(f"Note {number}")


def test_each_note_gets_one_or_two_answers(tmp_path: Path) -> None:
    with in_thread(tmp_path / "ledger.jsonl", residents=True) as sandbox:
        publish(sandbox, 10)
        assert said(sandbox) == []
        sandbox.shift(7)
        answers = [e for e in sandbox.ledger() if e["by"] in HANDLES]
        counts = Counter(e["in_reply_to"] for e in answers)
        assert len(counts) == 20
        assert set(counts.values()) == {1, 2}
        assert max(Counter((e["in_reply_to"], e["by"]) for e in answers).values()) == 1


def test_nobody_answers_twice_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with in_thread(path, residents=True) as first:
        publish(first, 3)
        first.shift(4)
        early = said(first)
        first.shift(7)
        before = said(first)
        assert len(early) < len(before)
    with in_thread(path, residents=True) as second:
        second.shift(3600)
        assert said(second) == before


def test_a_restart_makes_up_for_what_was_not_said(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with in_thread(path) as quiet:
        publish(quiet, 3)
        quiet.shift(60)
        assert said(quiet) == []
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(path.read_bytes())
    told = []
    for each in (path, copy):
        with in_thread(each, residents=True) as sandbox:
            sandbox.shift(60)
            told.append(said(sandbox))
    assert told[0]
    assert told[0] == told[1]


def test_answers_are_mentions_and_nobody_answers_those(tmp_path: Path) -> None:
    with in_thread(tmp_path / "ledger.jsonl", residents=True, time_scale=100) as sandbox:
        publish(sandbox, 1)
        answers = eventually(lambda: sandbox.get("/api/v1/notifications?types[]=mention"))
        assert answers[0]["status"]["content"].startswith("<p><span")
        mentions = f"/2/users/{sandbox.me('x')}/mentions"
        assert eventually(lambda: sandbox.get(mentions).get("data"))[0]["text"].startswith("@acme")
        answer = sandbox.toot("@someone thanks", in_reply_to_id=answers[0]["status"]["id"])
        sandbox.shift(60)
        assert not [e for e in sandbox.ledger() if e["in_reply_to"] == answer["id"]]
        assert {len(set(r.voice)) for r in RESIDENTS} == {4}
