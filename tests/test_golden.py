"""What a post looks like on each network: `golden/NAME.md` and what becomes of it.

`NAME.mastodon.txt` has the texts of the notes, a line of dashes between the parts;
`NAME.bluesky.json` the records as the network keeps them. A new case is new files only:
write NAME.md, run `python -m tests.test_golden`, which writes what is missing, and read it.
A file `note-….md` is one of `notes/`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest

from outreach import channels
from outreach.fetch import Fetch, loopback_only
from outreach.model.channel import Publisher
from outreach.model.note import Audience, Note, NoteKind
from outreach.model.post import Post
from outreach.rules.compose import Compose
from outreach.rules.keys import tid
from outreach.rules.people import Known
from outreach.rules.voices import Voices
from outreach.site.posts import read_post
from outreach.site.words import spoken

from .sandbox.running import Sandbox, in_thread

GOLDEN = Path(__file__).parent / "golden"
BREAK = "\n----------\n"
LIMITS = {
    kind: limits
    for kind in channels.kinds()
    if (limits := channels.module(kind).LIMITS)
    and limits.audience is Audience.EVERYONE
    and limits.kind is NoteKind.NOTE
}
"""Where a post is a note to everyone; a whole article is the post itself."""

KINDS = tuple(LIMITS)
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

compose = Compose(
    kinds={kind: kind for kind in KINDS},
    people={
        "grace": Known(
            name="Grace Hopper",
            handles={
                "mastodon": "grace@navy.example",
                "bluesky": "grace.navy.example",
                "x": "gracehopper",
                "linkedin": "urn:li:person:grace",
            },
        ),
        "linus": Known(name="Linus", handles={"mastodon": "linus@kernel.example"}),
    },
)


def post_of(case: str) -> Post:
    folder = "notes" if case.startswith("note-") else "posts"
    post = read_post(
        (GOLDEN / f"{case}.md").read_text("utf-8"),
        path=f"{folder}/2026/{case}.md",
        site_url="https://lantern.example",
        author="Ada Moreau",
        language="en",
        voices=Voices(accounts=KINDS),
        first_seen=None,
    )
    return spoken(post, None)


def notes_of(case: str, kind: str) -> tuple[Note, ...]:
    return compose(post_of(case), kind, LIMITS[kind])


def text_of(case: str, kind: str) -> str:
    return BREAK.join(note.text for note in notes_of(case, kind)) + "\n"


def records_of(case: str, sandbox: Sandbox) -> str:
    """Each part as Bluesky keeps it, without what differs from one network to another."""
    module = channels.module("bluesky")
    account = f"golden-{case}"
    settings = module.Settings.model_validate(
        {
            "kind": "bluesky",
            "identifier": account,
            "app_password": "$P",
            "base_url": sandbox.url,
        }
    )
    secrets = channels.Secrets(named=lambda name: account)
    opened = module.open(settings, secrets, Fetch(guard=loopback_only), lambda: AT)
    channel = cast(Publisher, opened)
    kept, parent = [], None
    for part, note in enumerate(notes_of(case, "bluesky")):
        key = tid(AT, part)
        answer = Note(**{**vars(note), "in_reply_to": parent})
        parent = channel.publish(answer, key).id
        did = parent.removeprefix("at://").partition("/")[0]
        query = f"repo={did}&collection=app.bsky.feed.post&rkey={key}"
        stored = sandbox.get(f"/xrpc/com.atproto.repo.getRecord?{query}", token="")["value"]
        kept.append(_plain(stored, did))
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _plain(value: Any, did: str) -> Any:
    """Ids of the network's own are dots; they are no matter of ours."""
    if isinstance(value, dict):
        return {
            name: "…" if name in ("cid", "$link", "did") else _plain(item, did)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_plain(item, did) for item in value]
    return value.replace(did, "did:…") if isinstance(value, str) else value


def cases(suffix: str) -> list[tuple[str, str]]:
    """The case and the network of every golden file of that suffix."""
    names = [path.name.split(".") for path in sorted(GOLDEN.glob(f"*.*.{suffix}"))]
    return [(case, kind) for case, kind, _ in names]


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with in_thread(tmp_path_factory.mktemp("sky") / "ledger.jsonl") as sandbox:
        yield sandbox


@pytest.mark.parametrize(("case", "kind"), cases("txt"))
def test_the_texts(case: str, kind: str) -> None:
    golden = (GOLDEN / f"{case}.{kind}.txt").read_text("utf-8")
    assert text_of(case, kind) == golden
    limits = LIMITS[kind]
    assert all(limits.measure(text) <= limits.length for text in golden[:-1].split(BREAK))


@pytest.mark.parametrize(("case", "kind"), cases("json"))
def test_the_records(sky: Sandbox, case: str, kind: str) -> None:
    golden = (GOLDEN / f"{case}.{kind}.json").read_text("utf-8")
    assert records_of(case, sky) == golden


def test_every_case_has_its_files() -> None:
    named = {path.stem for path in GOLDEN.glob("*.md")}
    assert len(named) > 10
    assert named == {case for case, _ in cases("txt")}, "python -m tests.test_golden"


def main() -> None:
    """Write what is missing; what is there is the judge and stays."""
    with TemporaryDirectory() as folder, in_thread(Path(folder) / "ledger.jsonl") as sandbox:
        for path in sorted(GOLDEN.glob("*.md")):
            made = {f"{path.stem}.{kind}.txt": text_of(path.stem, kind) for kind in KINDS}
            made[f"{path.stem}.bluesky.json"] = records_of(path.stem, sandbox)
            for name, text in made.items():
                if not (GOLDEN / name).exists():
                    (GOLDEN / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
