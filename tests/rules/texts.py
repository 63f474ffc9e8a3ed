"""Texts as people write them, for properties that hold for all of them."""

from hypothesis import strategies as st

WORDS = (
    "hello",
    "a",
    "Straße",
    "e\u0301te\u0301",
    "世界你好",
    "👩‍👩‍👧‍👦",
    "🇩🇪🇩🇪",
    "well,",
    "–",
    "(so)",
    "@ada@mastodon.example",
    "#tag",
    "x" * 70,
    "漢" * 160,
    "https://example.com/a",
    "https://example.com/" + "b" * 40 + ".",
    "(https://example.com/c_(d))",
)


def texts(most: int = 60) -> st.SearchStrategy[str]:
    """Words of many scripts, with links among them."""
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=most)
    spaces = st.sampled_from([" ", "\n", "\n\n", "  "])
    return st.builds(lambda found, space: space.join(found), words, spaces)
