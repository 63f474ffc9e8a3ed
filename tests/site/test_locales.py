"""How the site speaks each language."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.model.errors import Mistakes
from outreach.site import locales
from outreach.site.locales import day, locale

FILES = sorted(Path(locales.__file__).parent.glob("*.toml"))


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("en", "1 March 2026", "24 December 2026"),
        ("de-AT", "1. März 2026", "24. Dezember 2026"),
        ("fr", "1er mars 2026", "24 décembre 2026"),
        ("es", "1 de marzo de 2026", "24 de diciembre de 2026"),
        ("PT-br", "1º de março de 2026", "24 de dezembro de 2026"),
        ("ja", "2026年3月1日", "2026年12月24日"),
        ("sv", "2026-03-01", "2026-12-24"),
        ("../en", "2026-03-01", "2026-12-24"),
    ],
)
def test_a_day_is_written_as_its_language_does(language: str, first: str, last: str) -> None:
    assert day(datetime(2026, 3, 1, tzinfo=UTC), language) == first
    assert day(datetime(2026, 12, 24, tzinfo=UTC), language) == last


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_language_is_whole(path: Path) -> None:
    found = locale(path.stem)
    assert found.name != path.stem
    assert len(found.months) == 12 or "{number}" in found.date
    assert all(found.words.values())
    assert found.words.keys() <= locale("de").words.keys()


def test_what_has_no_words_is_said_in_english() -> None:
    assert locale("de").say("Archive") == "Archiv"
    assert locale("de").say("Something new") == locale("sv").say("Something new") == "Something new"


def test_a_theme_has_the_last_word_and_brings_languages(tmp_path: Path) -> None:
    folder = tmp_path / "locales"
    folder.mkdir()
    (folder / "de.toml").write_text('[words]\n"Archive" = "Ablage"\n', "utf-8")
    (folder / "sv.toml").write_text('name = "Svenska"\n[words]\n"Archive" = "Arkiv"\n', "utf-8")
    theme = str(tmp_path)
    assert locale("de", theme).say("Archive") == "Ablage"
    assert locale("de", theme).say("Topics") == "Themen"
    assert (locale("sv", theme).name, locale("sv", theme).say("Archive")) == ("Svenska", "Arkiv")


@pytest.mark.parametrize("text", ["[words\n", "colour = 'red'\n", b"\xff"])
def test_a_file_of_a_theme_that_cannot_be_read_is_told(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "locales/de.toml"
    file.parent.mkdir()
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Mistakes, match=r"locales/de\.toml: the words of a language cannot be read"):
        locale("de", str(tmp_path))
