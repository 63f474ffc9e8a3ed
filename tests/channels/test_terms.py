"""What is listened for is found as people write it, and not inside of other words."""

import pytest

from outreach.channels._terms import Term


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("ランタン", "新しいランタンです", True),
        ("灯籠", "我们的灯籠很好", True),
        ("ランタン", "LEDランタン2", True),
        ("โคมไฟ", "นี่คือโคมไฟใหม่", True),
        ("Lanternworks", "新しいLanternworksです", True),
        ("Lantern 灯", "a Lantern 灯籠", True),
        ("Lantern 灯", "aLantern 灯", False),
        ("灯 Lantern", "灯 Lanterns", False),
        ("lantern", "Lanterns", False),
        ("lantern", "the LANTERN.", True),
        ("c++", "I like c++ a lot", True),
        ("фонарь", "фонарьщик", False),
        ("blog.example", "https://blog.exampleを見て", True),
        ("blog.example", "https://日本blog.example/", False),
        ("blog.example", "www.blog.example/a", True),
        ("blog.example", "blog.example.org", False),
        ("blog.example", "my-blog.example", False),
        ("blog.example", "blog.example-x.org", False),
        ("forge.example/acme", "forge.example/acme-2", False),
        ("forge.example/acme", "forge.example/acme.", True),
    ],
)
def test_a_word_ends_where_its_script_says_so(term: str, text: str, found: bool) -> None:
    assert Term(term).is_in(text) is found
