import pytest

from outreach.model.errors import Mistakes
from outreach.site import frontmatter
from outreach.site.frontmatter import parse


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(Mistakes) as caught:
        parse(text, path="a.md")
    (mistake,) = caught.value.mistakes
    assert mistake.path == "a.md"
    return mistake.line, mistake.what


def test_yaml_is_split_from_the_body() -> None:
    front = parse("---\ntitle: Hi\n---\n\nBody\n---\nmore\n", path="a.md")
    assert front.values == {"title": "Hi"}
    assert front.body == "\nBody\n---\nmore\n"


def test_toml_is_split_from_the_body() -> None:
    front = parse('+++\ntitle = "Hi"\n[extra]\nteam = "x"\n+++\nBody', path="a.md")
    assert front.values == {"title": "Hi", "extra": {"team": "x"}}
    assert front.body == "Body"
    assert front.lines == {"title": 2, "extra": 3, "extra.team": 4}


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    front = parse("\ufeff---\r\ntitle: Hi\r\n---\r\nBody\r\n", path="a.md")
    assert front.values == {"title": "Hi"}
    assert front.body == "Body\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("1.10", "1.10"),
        ("0o17", "0o17"),
        ("2026-05-01", "2026-05-01"),
        ("true", True),
        ("5", 5),
        ("'5'", "5"),
        ("~", None),
        ("", None),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_yaml_1_2_scalars(text: str, value: object) -> None:
    assert parse(f"---\na: {text}\n---\n", path="a.md").values == {"a": value}


def test_lines_count_in_the_file() -> None:
    front = parse("---\n# a comment\na: 1\nb:\n  c: 2\n---\n", path="a.md")
    assert front.lines == {"a": 3, "b": 4, "b.c": 5}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("title: Hi\n", 1, "no front matter"),
        ("", 1, "no front matter"),
        ("---\ntitle: Hi\n", 1, "not closed"),
        ('+++\ntitle = "Hi"\n---\n', 1, "not closed"),
        ("---\na: 1\nb: 2\na: 3\n---\n", 4, "`a` is there twice"),
        ("---\nx:\n  a: 1\n  a: 2\n---\n", 4, "`a` is there twice"),
        ("---\n- a\n---\n", 2, "not a list of keys"),
        ("---\na: [1\nb: 2\n---\n", 3, "not YAML"),
        ("---\na: 1\nb: c: d\n---\n", 3, "not YAML"),
        ("---\na: \x01\n---\n", 2, "not YAML"),
        ("---\n? [a]\n: 1\n---\n", 2, "a key is not a text"),
        ("---\na: 1\n...\nb: 2\n---\n", 4, "a second document"),
        ("+++\na = 1\nb = \n+++\n", 3, "not TOML"),
        ("+++\na = 1\na = 2\n+++\n", 3, "not TOML"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, word: str) -> None:
    found, what = refusal(text)
    assert word in what
    assert found == line


ALIASES = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("head", "line", "word"),
    [
        (ALIASES, 2, "anchors and aliases"),
        ("a: *b\n", 2, "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", 2, "tags are not allowed"),
        ("a: !local b\n", 2, "tags are not allowed"),
        ("%YAML 1.1\na: b\n", 2, "directives"),
        ("a: " + "[" * 20_000 + "\n", 2, "too many brackets"),
        ("a:\n" + "".join(f"{' ' * n}- \n" for n in range(30)), 17, "nested too deeply"),
        ("a: " + "[\n" * 20_000, 17, "nested too deeply"),
        ("".join(f"k{n}: v\n" for n in range(3000)), 1000, "too many values"),
        ("a: " + "x" * 70_000 + "\n", 1, "too large"),
    ],
)
def test_hostile_yaml_is_refused(head: str, line: int, word: str) -> None:
    found, what = refusal(f"---\n{head}---\n")
    assert word in what
    assert abs(found - line) <= 1


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (f"a = {'9' * 5000}\n", "not TOML"),
        (f"a = {'[' * 90}\n" * 200, "not TOML"),
        ("a = " + "[" * 20_000 + "\n", "too many brackets"),
        ("a = " + "[\n" * 20_000 + "\n", "nested too deeply"),
        (f"{'.'.join('a' * 20_000)} = 1\n", "too many dots"),
        (f"[{'.'.join('a' * 20_000)}]\n", "too many dots"),
        (f"a = '{'x' * 70_000}'\n", "too large"),
    ],
)
def test_hostile_toml_is_refused(head: str, word: str) -> None:
    _, what = refusal(f"+++\n{head}+++\n")
    assert word in what


def test_reading_stops_at_the_limit_of_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontmatter, "EVENTS", 10)
    line, what = refusal("---\n" + "".join(f"k{n}: v\n" for n in range(100)) + "---\n")
    assert "too many values" in what
    assert line < 10
