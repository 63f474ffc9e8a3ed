"""HTML of the web becomes Markdown that our own renderer shows as it was."""

from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.site.render import plain, render
from outreach.site.sources._markdown import markdown

SPECIAL = st.text(alphabet="ab1 *_`[]()<>&#{}!\\-+.~|=:^@/;", min_size=1, max_size=12)


@settings(max_examples=100, deadline=None, derandomize=True)
@example("# a", "- b")
@example("1. a", "+ c")
@example("&amp; &#1", "= ")
@example("{{< youtube x >}}", "[a](b)")
@example("| a |", "|---|")
@given(SPECIAL, SPECIAL)
def test_a_text_is_never_taken_for_markup(first: str, second: str) -> None:
    body = markdown(f"<p>{escape(first)}<br>{escape(second)}</p>").body
    assert plain(render(body)).split() == f"{first} {second}".split()


@pytest.mark.parametrize(
    ("html", "body"),
    [
        ("<h3>A <em>b</em></h3>", "### A *b*"),
        ('<h2 id="a-title">A title</h2>', "## A title"),
        ('<h2 id="old">A title</h2>', "## A title {#old}"),
        ("<p>a<br>\nb</p>", "a  \nb"),
        ('<p>a <a href="/b_(c)" title="T">d [e]</a></p>', r'a [d \[e\]](/b_%28c%29 "T")'),
        ('<p><a href="https://x.org/a_b">https://x.org/a_b</a></p>', "<https://x.org/a_b>"),
        ('<p><img src="a b.png" alt="An [x]"></p>', r"![An \[x\]](a%20b.png)"),
        ("<p>H<sub>2</sub>O <kbd>Q</kbd> <del>x</del></p>", "H<sub>2</sub>O <kbd>Q</kbd> ~~x~~"),
        ("<p>a<b> </b>b <b> c<br></b>d</p>", "a b  **c**  \nd"),
        ("<p><strong><b>a</b></strong> <i><em>b</em></i></p>", "**a** *b*"),
        ("<b><p>a</p></b>", "**a**"),
        ("<ul><li><p>a</p><ul><li>b</li></ul></li></ul>", "- a\n\n  - b"),
        ("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ul><li><input type=checkbox checked> a</li></ul>", "- [x] a"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<details><summary>S</summary><p>a</p></details>",
         "<details>\n<summary>S</summary>\n\na\n\n</details>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ('<iframe src="https://www.youtube.com/embed/abcDEF123?x=1"></iframe>',
         "{{< youtube abcDEF123 >}}"),
        ('<iframe src="https://player.vimeo.com/video/12"></iframe>', "{{< vimeo 12 >}}"),
        ('<script src="https://gist.github.com/ada/0a1b.js"></script>', "{{< gist ada 0a1b >}}"),
        ('<iframe src="https://maps.example/x" title="A map"></iframe>',
         "[A map](https://maps.example/x)"),
    ],
)  # fmt: skip
def test_what_it_becomes(html: str, body: str) -> None:
    assert markdown(html).body == body + "\n"


@pytest.mark.parametrize(
    "code",
    [
        '<pre><code class="language-rust">{}</code></pre>',
        '<pre class="brush: rust; gutter: false">{}</pre>',
        '<pre data-code-block-lang="rust"><span>{}</span></pre>',
        '<pre class="wp-block-code"><code lang="rust">{}</code></pre>',
        '<pre class="EnlighterJSRAW" data-enlighter-language="rust">{}</pre>',
    ],
)
def test_code_keeps_its_language_and_every_sign(code: str) -> None:
    source = 'fn a() {\n    "`b` ``` <c> *d*"\n\n\n}'
    assert markdown(code.format(escape(source))).body == f"````rust\n{source}\n````\n"


def test_code_in_a_list_is_code() -> None:
    html = "<ol><li><p>Run</p><pre><code>a\n\nb</code></pre></li></ol>"
    assert "<pre>" in (shown := render(markdown(html).body))
    assert "a\n\nb\n" in shown


def test_a_table_keeps_its_alignment_and_its_bars() -> None:
    html = (
        "<table><thead><tr><th>A</th><th style='text-align: right'>B</th></tr></thead>"
        "<tbody><tr><td>1<br>2</td><td>3 | 4</td></tr></tbody></table>"
    )
    assert markdown(html).body == "| A | B |\n| --- | --: |\n| 1<br>2 | 3 \\| 4 |\n"


@pytest.mark.parametrize(
    "inside",
    [
        "<tr><td colspan=2>a</td></tr>",
        "<tr><th>a</th></tr><tr><td><ul><li>b</li></ul></td></tr>",
        "<tr><td>a</td></tr><tr><td>b</td></tr>",
        "<tr><th>a</th></tr><tr><td><code>a|b</code></td></tr>",
    ],
)
def test_a_table_that_markdown_cannot_say_stays_one(inside: str) -> None:
    body = markdown(f"<table onclick=x>{inside}</table>").body
    assert body.startswith("<table><tbody><tr>")
    assert "<table>" in render(body)


def test_a_plain_caption_is_the_title_that_our_renderer_shows() -> None:
    html = (
        '<figure><a href="/b.png"><img src="a.png" alt="A" title="tip"></a>'
        "<figcaption>The lamp</figcaption></figure><p>x</p>"
    )
    body = markdown(html).body
    assert body == '[![A](a.png "The lamp")](/b.png)\n\nx\n'
    assert "<figcaption>The lamp</figcaption></figure>" in render(body)


def test_a_figure_keeps_its_caption_and_link() -> None:
    html = (
        '<figure class="x"><a href="/big.png"><img src="a.png" alt="A" width="20"></a>'
        "<figcaption>The <em>lamp</em>,\n\nlit {x}</figcaption></figure>"
    )
    shown = render(markdown(html).body)
    assert '<a href="/big.png"' in shown
    assert 'alt="A"' in shown
    assert "<figcaption>The <em>lamp</em>, lit {x}</figcaption>" in shown


@pytest.mark.parametrize(
    "html",
    [
        '<p>A<sup><a href="#fn1" id="r1">[1]</a></sup></p><section><ol>'
        '<li id="fn1"><p>The <b>note</b> <a href="#r1">↩</a></p></li></ol></section>',
        '<p>A<a id="footnote-anchor-1" href="#footnote-1">1</a></p><div class="footnote">'
        '<a id="footnote-1" href="#footnote-anchor-1">1</a><div><p>The <b>note</b></p></div></div>',
    ],
)
def test_footnotes_are_footnotes(html: str) -> None:
    assert markdown(html).body == "A[^1]\n\n[^1]: The **note**\n"


def test_a_link_to_a_heading_is_no_footnote() -> None:
    html = '<p><a href="#two">1</a></p><h2 id="two">Two</h2><p>Text</p>'
    assert markdown(html).body == "[1](#two)\n\n## Two\n\nText\n"


def test_every_address_is_led() -> None:
    html = '<p><a href="http://a.example/x">x</a><img src="http://a.example/y.png" alt=""></p>'
    body = markdown(html, lambda link: link.removeprefix("http://a.example")).body
    assert body == "[x](/x)![](/y.png)\n"


def test_what_could_run_is_left_out_and_said_with_its_line() -> None:
    found = markdown(
        "<p>a</p>\n<script>alert(1)</script>\n<form><input></form>"
        '\n<p onclick="x"><a href="javascript:x">b</a><img src="data:image/png;base64,x">'
        '<img data-src="javascript:x"></p>'
    )
    assert found.body == "a\n\nb\n"
    assert [line for line, _ in found.lost] == [2, 3, 4]


def test_what_is_in_a_frame_is_no_markup() -> None:
    html = '<div><iframe src="https://youtu.be/abcDEF123"></div><b>x</b></iframe>y</div>'
    assert markdown(html).body == "{{< youtube abcDEF123 >}}\n\ny\n"


def test_a_text_that_is_one_address_is_a_text(recwarn: pytest.WarningsRecorder) -> None:
    assert markdown("https://x.example/a").body == "https://x.example/a\n"
    assert list(recwarn) == []


def test_known_frames_and_scripts_are_no_loss() -> None:
    html = (
        '<iframe src="https://youtu.be/abcDEF123"></iframe>'
        '<script src="https://platform.twitter.com/widgets.js"></script>'
        '<img src="data:image/gif;base64,x" data-src="https://x.example/a.png" alt="A">'
    )
    found = markdown(html)
    assert found.lost == ()
    assert "![A](https://x.example/a.png)" in found.body


@pytest.mark.parametrize("html", ["<div>" * 5000, "<b>" * 101 + "x", "a" * (4 << 20) + "a"])
def test_what_is_too_much_is_refused(html: str) -> None:
    with pytest.raises(ValueError, match=r"levels deep|longer than"):
        markdown(html)
