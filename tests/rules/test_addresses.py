"""Mail addresses in their one form, whatever somebody types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.addresses import normal

GOOD = [
    (" Ada@Acme.EXAMPLE\n", "Ada@acme.example"),
    ("o'neil+news@mail.acme.example", "o'neil+news@mail.acme.example"),
    ("=1+1@acme.example", "=1+1@acme.example"),
    ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
    ("ada@straße.example", "ada@xn--strae-oqa.example"),
    ("ada@ｅｘａｍｐｌｅ.example", "ada@example.example"),
    ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
    ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ("a" * 64 + "@b.example", "a" * 64 + "@b.example"),
]
BAD = [
    *("", "@", "ada", "ada@", "@acme.example", "ada@@acme.example", "a@b@acme.example"),
    *("ada@localhost", "ada@127.0.0.1", "ada@[127.0.0.1]", "ada@acme..example", "ada@.example"),
    *("ada@acme.example.", "ada@-acme.example", "ada@acme-.example", "ada@a_b.example"),
    *(".ada@acme.example", "ada.@acme.example", "a..b@acme.example", "a b@acme.example"),
    *('"ada"@acme.example', "Ada <ada@acme.example>", "ada@acme.example, bob@acme.example"),
    *("ada@acme.example\r\nBcc: bob@acme.example", "ada\n@acme.example", "ada@ac\u2028me.example"),
    *("ada\0@acme.example", "ädä@acme.example", "ada@a\u200bcme.example", "ada@💌.example"),
    *("a" * 65 + "@b.example", "ada@" + "b" * 64 + ".example", "ada@" + "b." * 130 + "example"),
    "ada@acme.example/x",
]


@pytest.mark.parametrize(("typed", "kept"), GOOD)
def test_one_form(typed: str, kept: str) -> None:
    assert normal(typed) == kept


@pytest.mark.parametrize("typed", BAD)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match=r"an address has|this cannot stand"):
        normal(typed)


def test_a_second_at_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match="an address has one @"):
        normal("ada@acme.example@b.example")


PIECES = st.sampled_from([*"aZ0.-@_+=' \r\n\0,;<>\"ß", "例", "ü", "xn--", ".example", "\u2028"])


@given(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=30) | st.emails())
def test_the_one_form_is_one_and_safe_in_a_header(typed: str) -> None:
    try:
        found = normal(typed)
    except ValueError:
        return
    assert normal(found) == found
    assert found.isascii()
    assert found.isprintable()
    assert found.count("@") == 1
    assert len(found) <= 254
    assert not set(found) & set(' ,;:<>()[]"\\')
