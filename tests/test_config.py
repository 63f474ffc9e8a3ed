"""config.yaml and schedules: every mistake at once, each with its file and line."""

from datetime import timedelta
from pathlib import Path

import pytest

from outreach.config import load
from outreach.model.errors import Mistakes
from outreach.model.schedule import Schedule

from .folder import Folder

ROOT = Path(__file__).parent.parent
SECRET = "hunter2hunter2"


def mistakes(folder: Folder) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        load(folder.root)
    return str(caught.value).splitlines()


def line_of(folder: Folder, text: str, path: str = "config.yaml") -> int:
    lines = (folder.root / path).read_text("utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if text in line]
    return number


def test_the_example_in_the_repository_loads() -> None:
    config = load(ROOT)
    assert list(config.accounts) == ["mastodon", "x"]
    assert set(config.collect) == {"mastodon", "x"}
    assert config.publish.quiet_period == timedelta(0)


def test_what_is_not_set_has_its_documented_value(folder: Folder) -> None:
    folder.write("config.yaml", "site:\n  title: Lanternworks\n")
    (folder.root / "schedules/always.yaml").unlink()
    config = load(folder.root)
    assert config.site.listen == "127.0.0.1:8000"
    assert config.publish.quiet_period == timedelta(minutes=5)
    assert config.digest == Schedule(cron="0 8 * * *")
    assert not config.accounts
    assert not config.collect


def test_without_a_config_there_is_no_folder(folder: Folder) -> None:
    (folder.root / "config.yaml").unlink()
    (only,) = mistakes(folder)
    assert "there is no config.yaml here" in only


def test_all_mistakes_are_told_at_once(folder: Folder) -> None:
    folder.change("  title: Lanternworks\n", "  colour: blue\n")
    folder.change("quiet_period: 0s", "quiet_period: soon")
    folder.change("residents: false", "residents: perhaps")
    folder.change("token: $MASTODON_TOKEN", f"token: {SECRET}")
    folder.change("kind: x", "kind: pigeon")
    schedule = "timezone: Mars/Olympus\ncollect:\n  every: 5m\n  cron: '* * * * *'\n"
    folder.write("schedules/bad.yaml", schedule)
    told = mistakes(folder)
    for line, what in [
        (line_of(folder, "colour: blue"), "site.colour is not a setting (expected title, "),
        (line_of(folder, "site:"), "site.title is missing"),
        (line_of(folder, "soon"), "publish.quiet_period: 'soon' cannot be used (expected a dura"),
        (line_of(folder, "perhaps"), "sandbox.residents: 'perhaps' cannot be used"),
        (line_of(folder, SECRET), "accounts.mastodon.token cannot be used (expected a secret is"),
        (
            line_of(folder, "pigeon"),
            "account x has the kind 'pigeon' (expected bluesky, comments, devto, discord, email",
        ),
    ]:
        assert [one for one in told if one.startswith(f"config.yaml:{line}: {what}")], what
    assert [one for one in told if one.startswith("schedules/bad.yaml:1: timezone: 'Mars/Olym")]
    assert [one for one in told if one.startswith("schedules/bad.yaml:2: collect cannot be used")]
    assert len(told) == 8


@pytest.mark.parametrize("value", [SECRET, f"${SECRET}!", f"'{SECRET} $NAME'", f"[{SECRET}]"])
@pytest.mark.parametrize("name", ["access_token", "consumer_secret"])
def test_a_plain_secret_is_refused_and_never_echoed(folder: Folder, name: str, value: str) -> None:
    folder.change(f"{name}: ${'X_' + name.upper()}\n", f"{name}: {value}\n")
    told = mistakes(folder)
    assert len(told) == 1
    assert f"accounts.x.{name}" in told[0]
    assert SECRET not in "".join(told)


@pytest.mark.parametrize(
    "extra", [f"  {SECRET}: yes", f"    {SECRET}", f"    - {SECRET}", f"    token: {SECRET}"]
)
def test_a_secret_in_a_wrong_place_is_not_echoed_by_yaml(folder: Folder, extra: str) -> None:
    folder.change("    token: $MASTODON_TOKEN\n", f"    token: $MASTODON_TOKEN\n{extra}\n")
    assert SECRET not in "".join(one for one in mistakes(folder) if "kind None" not in one)


@pytest.mark.parametrize(
    "text",
    [
        "site: [unclosed",
        "site:\n\ttitle: tab",
        "site:\n  title: a\n  title: b\n",
        "- a list",
        "just words",
        "site: &a\n  title: *nothing",
        "site: !!python/object:os.system ls",
        "42",
    ],
)
def test_what_is_no_configuration_is_a_mistake(folder: Folder, text: str) -> None:
    folder.write("config.yaml", text)
    told = mistakes(folder)
    assert told
    assert all(one.startswith("config.yaml") for one in told)


def test_what_is_not_utf_8_is_a_mistake(folder: Folder) -> None:
    (folder.root / "config.yaml").write_bytes(b"site:\n  title: \xff\n")
    assert mistakes(folder) == ["config.yaml: not UTF-8 (expected UTF-8 text)"]


@pytest.mark.parametrize("listen", ["8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":80"])
def test_an_address_has_a_port(folder: Folder, listen: str) -> None:
    folder.write("config.yaml", f"site:\n  title: a\n  listen: '{listen}'\n")
    assert "an address and a port" in mistakes(folder)[0]


@pytest.mark.parametrize("rhythm", ["every: 0s", "cron: '* * *'", "cron: hello", "every: never"])
def test_a_rhythm_can_be_kept(folder: Folder, rhythm: str) -> None:
    folder.write("schedules/always.yaml", f"digest:\n  {rhythm}\n")
    (only,) = mistakes(folder)
    assert only.startswith("schedules/always.yaml:")


def test_a_schedule_for_some_accounts_wins_for_them(folder: Folder) -> None:
    folder.write("schedules/zz.yaml", "accounts: [x]\ncollect:\n  every: 1h\n")
    folder.write("schedules/morning.yaml", "timezone: America/New_York\ndigest:\n  cron: 0 8 * * *")
    config = load(folder.root)
    assert config.collect["mastodon"] == Schedule(
        every=timedelta(seconds=1), timezone="Europe/Berlin"
    )
    assert config.collect["x"].every == timedelta(hours=1)
    assert config.digest == Schedule(cron="0 8 * * *", timezone="America/New_York")


def test_a_schedule_of_nobody_is_a_mistake(folder: Folder) -> None:
    folder.write("schedules/zz.yaml", "\naccounts: [x, y]\ncollect:\n  every: 1h\n")
    assert mistakes(folder) == ["schedules/zz.yaml:2: there is no account y (expected mastodon, x)"]


def test_people_and_authors_are_known_by_name(folder: Folder) -> None:
    folder.append(
        "config.yaml",
        "authors:\n  Ada Moreau:\n    accounts: [x]\n"
        'people:\n  Grace:\n    name: Grace Hopper\n    mastodon: "@grace@navy.example"\n',
    )
    config = load(folder.root)
    assert config.voices.owner("x") == "Ada Moreau"
    assert config.voices.of("Bob") == ("mastodon",)
    grace = config.compose.people["grace"]
    assert (grace.name, grace.handles) == ("Grace Hopper", {"mastodon": "grace@navy.example"})
    assert config.compose.kinds == {"mastodon": "mastodon", "x": "x"}


@pytest.mark.parametrize(
    ("more", "line", "what"),
    [
        ("authors:\n  Ada:\n    accounts: [pigeon]\n", 3, "there is no account pigeon"),
        (
            "authors:\n  Ada:\n    accounts: [x]\n  Bob:\n    accounts: [x]\n",
            5,
            "the account x is Ada's already",
        ),
        ("people:\n  grace:\n    name: Grace\n    icq: 12\n", 4, "people.grace.icq"),
        ("people:\n  grace:\n    name: Grace\n    icq: grace\n", 4, "there is no network icq"),
        ("people:\n  grace:\n    x: grace\n", 2, "people.grace.name is missing"),
    ],
)
def test_a_stranger_among_authors_and_people(
    folder: Folder, more: str, line: int, what: str
) -> None:
    before = len((folder.root / "config.yaml").read_text("utf-8").splitlines())
    folder.append("config.yaml", more)
    (only,) = mistakes(folder)
    assert only.startswith(f"config.yaml:{before + line}: {what}"), only


def test_a_round_up_has_its_time_or_none(folder: Folder) -> None:
    assert load(folder.root).roundup is None
    folder.write("schedules/letters.yaml", "timezone: Europe/Berlin\nroundup: {cron: 0 7 * * 5}\n")
    assert load(folder.root).roundup == Schedule(cron="0 7 * * 5", timezone="Europe/Berlin")


def test_a_page_that_we_link_to_is_told_by_one_account(folder: Folder) -> None:
    folder.change("accounts:\n", "accounts:\n  links:\n    kind: webmention\n")
    assert load(folder.root).linked == ("links",)
    folder.change("accounts:\n", "accounts:\n  more:\n    kind: webmention\n")
    (only,) = mistakes(folder)
    line = line_of(folder, "  links:")
    assert only == (
        f"config.yaml:{line}: links does what the account more does already"
        " (expected one account of the kind webmention)"
    )


@pytest.mark.parametrize("setting", ["feed", "hub", "url"])
def test_an_address_has_a_host(folder: Folder, setting: str) -> None:
    text = (folder.root / "config.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("  url: ")]
    lines.insert(1, f"  {setting}: 'http://'")
    folder.write("config.yaml", "\n".join(lines))
    (only,) = mistakes(folder)
    assert only.startswith(f"config.yaml:2: site.{setting}: 'http://' cannot be used")


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ("", None),
        ("  conversation: false\n", None),
        ("  conversation:\n", "show"),
        ("  conversation: true\n", "show"),
        ("  conversation: {policy: hold}\n", "hold"),
    ],
)
def test_the_conversation_is_off_until_it_is_switched_on(
    folder: Folder, said: str, policy: str | None
) -> None:
    folder.change("site:\n", f"site:\n{said}")
    site = load(folder.root).site
    house = site.house({"mastodon": "mastodon"})
    assert (house and house.policy) == policy
    assert bool(site.site({}).share) is (policy is not None), "and with it where to share a post"


def test_whoever_has_the_form_sees_its_comments(folder: Folder) -> None:
    folder.change("accounts:\n", "accounts:\n  here:\n    kind: comments\n")
    config = load(folder.root)
    assert config.comments == ("here",)
    assert "here" not in config.voices.accounts, "nothing is announced there"
    house = config.site.house({name: it.kind for name, it in config.accounts.items()})
    assert house is not None
    assert (house.word("here"), house.word("mastodon")) == ("show", "hide")


def test_where_to_share_is_settled(folder: Folder) -> None:
    folder.change(
        "site:\n", "site:\n  share: [x, email]\n  conversation: {door: https://d.example/}\n"
    )
    site = load(folder.root).site.site({})
    assert (site.share, site.door) == (("x", "email"), "https://d.example")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("  share: [myspace]\n", "one of email, mastodon"),
        ("  conversation: {policy: maybe}\n", "site.conversation.policy"),
        ("  conversation: {accounts: {pigeon: hide}}\n", "there is no account pigeon"),
        ("  conversation: {door: door.example}\n", "site.conversation.door"),
    ],
)
def test_what_cannot_be_said_of_the_conversation(folder: Folder, said: str, what: str) -> None:
    folder.change("site:\n", f"site:\n{said}")
    (told,) = mistakes(folder)
    assert told.startswith("config.yaml:2: ")
    assert what in told


def test_comments_come_in_by_one_door(folder: Folder) -> None:
    two = "  here:\n    kind: comments\n  there:\n    kind: comments\n"
    folder.change("accounts:\n", f"accounts:\n{two}")
    (told,) = mistakes(folder)
    assert "one account of the kind comments" in told


@pytest.mark.parametrize("name", ["../atom", "/index.xml", "feed/", "index.html", "a//b.xml"])
def test_a_feed_has_a_name_inside_the_site(folder: Folder, name: str) -> None:
    folder.write("config.yaml", f"site:\n  title: T\n  feeds: {{{name}: rss}}\n")
    (only,) = mistakes(folder)
    assert only.startswith("config.yaml:3: ")
    assert "as index.xml or feed/index.html" in only


def test_a_feed_lies_where_an_earlier_blog_had_it(folder: Folder) -> None:
    folder.write("config.yaml", "site:\n  title: T\n  feeds: {feed/index.html: rss}\n")
    (folder.root / "schedules/always.yaml").unlink()
    assert load(folder.root).site.feeds == {"feed/index.html": "rss"}
