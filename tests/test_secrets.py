"""A folder's secrets: read where they are needed, kept where only their owner can read them."""

import stat
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model.errors import Refused
from outreach.secrets import read, stored, token_key, write

OPEN_TO_OTHERS = (0o644, 0o640, 0o604, 0o620, 0o601)
HARD = (
    "plain",
    "with spaces",
    "inner \u00a0 blanks",
    "#hash # and more",
    "back\\slash\\",
    "'single'",
    '"double"',
    "both ' and \"",
    'it\'s \\"$HOME\\" `id` \\',
    "a=b==",
    "line\u2028separator\u0085s",
    "ключ 🔑",
    "$(id)",
    "!bang",
    "~",
)
LINES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1)


def dotenv(root: Path, text: str, mode: int = 0o600) -> Path:
    path = root / ".env"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_read_from_the_environment_first(tmp_path: Path) -> None:
    dotenv(tmp_path, "# a comment\nTOKEN='from the file'\nOTHER = b=c\n#TOKEN=x\n")
    assert read("$TOKEN", tmp_path, {}) == "from the file"
    assert read("$OTHER", tmp_path, {}) == "b=c"
    assert read("$TOKEN", tmp_path, {"TOKEN": "from outside"}) == "from outside"
    with pytest.raises(Refused, match=r"\$NOBODY is not set.*outreach secrets set NOBODY"):
        read("$NOBODY", tmp_path, {})


def test_what_pasting_leaves_around_a_value_is_no_part_of_it(tmp_path: Path) -> None:
    path = write("TOKEN", " \tabc def\r\n", tmp_path)
    assert path.read_text("utf-8") == "TOKEN='abc def'\n"
    dotenv(tmp_path, "TOKEN=' from the file '\n")
    assert read("$TOKEN", tmp_path, {}) == "from the file"
    assert read("$TOKEN", tmp_path, {"TOKEN": " from outside\n"}) == "from outside"
    assert read("$TOKEN", tmp_path, {"TOKEN": "\n"}) == "from the file"


@pytest.mark.parametrize("mode", OPEN_TO_OTHERS)
def test_a_file_that_others_may_open_is_neither_read_nor_written(tmp_path: Path, mode: int) -> None:
    path = dotenv(tmp_path, "TOKEN=hello\n", mode)
    for use in (
        lambda: read("$TOKEN", tmp_path, {}),
        lambda: write("TOKEN", "new", tmp_path),
        lambda: token_key(tmp_path, {}),
    ):
        with pytest.raises(Refused, match=f"chmod 600 {path}"):
            use()
    assert path.read_text("utf-8") == "TOKEN=hello\n"


@pytest.mark.parametrize("value", HARD)
def test_a_value_comes_back_as_it_was_also_in_a_shell(tmp_path: Path, value: str) -> None:
    write("$FIRST", "one", tmp_path)
    path = write("HARD", value, tmp_path)
    assert read("$HARD", tmp_path, {}) == value
    assert read("$FIRST", tmp_path, {}) == "one"
    assert mode_of(path) == 0o600
    sourced = subprocess.run(
        ["sh", "-c", '. ./.env; printf %s "$HARD"'], cwd=tmp_path, capture_output=True, check=True
    )
    assert sourced.stdout.decode() == value


@given(value=LINES.filter(lambda line: line == line.strip()))
def test_any_line_of_text_comes_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    root = tmp_path_factory.mktemp("folder")
    write("ANY", value, root)
    assert read("$ANY", root, {}) == value


def test_the_other_lines_stay_as_they_were(tmp_path: Path) -> None:
    dotenv(tmp_path, "\n# mine\nA=1\nB='two'\nA=older\nnonsense\nC=3")
    write("$A", "new value", tmp_path)
    write("D", "4", tmp_path)
    assert (tmp_path / ".env").read_text("utf-8") == (
        "\n# mine\nA='new value'\nB='two'\nnonsense\nC=3\nD=4\n"
    )


@pytest.mark.parametrize(
    "value", ["", " \n", "two\nlines", "re\rturn", "nul\0", "\x1b[31m", "\udcff"]
)
def test_what_is_not_one_line_of_text_is_refused(tmp_path: Path, value: str) -> None:
    dotenv(tmp_path, "TOKEN=old\n")
    with pytest.raises(Refused, match="not one line of text"):
        write("TOKEN", value, tmp_path)
    assert (tmp_path / ".env").read_text("utf-8") == "TOKEN=old\n"


@pytest.mark.parametrize("name", ["", "$", "a b", "A=B", "1A", "A-B", "$$A", "Ä", "A\n"])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="no name of a secret"):
        write(name, "value", tmp_path)
    assert not (tmp_path / ".env").exists()


def test_the_key_that_is_made_leaves_the_other_secrets_whole(tmp_path: Path) -> None:
    path = dotenv(tmp_path, "MASTODON_TOKEN=abc")
    key = token_key(tmp_path, {})
    assert token_key(tmp_path, {}) == key
    assert token_key(tmp_path, {"OUTREACH_KEY": "from outside"}) == "from outside"
    assert read("$MASTODON_TOKEN", tmp_path, {}) == "abc"
    assert mode_of(path) == 0o600


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """A writer that waited for a file that was replaced meanwhile looks again."""
    together = threading.Barrier(9)
    keys: list[str] = []

    def one(number: int) -> None:
        together.wait()
        for again in range(10):
            write(f"NAME_{number}_{again}", f"value {number}", tmp_path)

    def key() -> None:
        together.wait()
        keys.append(token_key(tmp_path, {}))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    threads.append(threading.Thread(target=key))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stored(tmp_path)
    assert len(found) == 81
    assert found["OUTREACH_KEY"] == keys[0]


def test_a_link_to_a_file_elsewhere_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".env").symlink_to(tmp_path / "safe.env")
    write("TOKEN", "value", tmp_path / "folder")
    assert (tmp_path / "folder" / ".env").is_symlink()
    assert (tmp_path / "safe.env").read_text("utf-8") == "TOKEN=value\n"


def test_what_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    (tmp_path / ".env").chmod(0o600)
    with pytest.raises(Refused, match="cannot be read as text"):
        read("$A", tmp_path, {})
