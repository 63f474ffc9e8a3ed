import time

import pytest

from outreach.site.render import first_paragraph, plain, relative, render


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("*a* ~~b~~", "<p><em>a</em> <del>b</del></p>"),
        ("## A head", '<h2 id="a-head">A head</h2>'),
        ("## A head {#own}", '<h2 id="own">A head</h2>'),
        ("- [x] done", '<input type="checkbox" disabled="" checked=""> done'),
        ("|a|\n|-:|\n|1|", '<td align="right">1</td>'),
        ("A[^1]\n\n[^1]: foot", '<li id="fn:1">'),
        ("```python\nimport os\n```", '<span class="kn">import</span>'),
        ("see https://x.org/a_b_c", '<a href="https://x.org/a_b_c" rel="noopener">'),
        ("![alt](a.png)", '<img alt="alt" src="a.png" loading="lazy">'),
    ],
)
def test_markdown(body: str, html: str) -> None:
    assert html in render(body)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<svg><script>alert(1)</script></svg>",
        "<svg/onload=alert(1)>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVa&#x09;script:alert(1))",
        "<a href='data:text/html,alert(1)'>a</a>",
        "[a]: javascript:alert(1)\n\n[a]",
        "<b style='position:fixed;alert(1)'>a</b>",
        "<style>*{alert(1)}</style>",
        "<iframe src='//x/alert(1)'></iframe>",
        "<form action='/alert(1)'><button>a</button></form>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "## a {onclick=alert(1)}",
        "<b class='u-syndication h-card alert(1)'>a</b>",
        "<input type=submit formaction='alert(1)'>",
    ],
)
def test_nothing_runs(body: str) -> None:
    html = render(body).lower()
    live = html.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    for word in ("alert(1)", "<script", "<style", "<svg", "<iframe", "<form", "onerror=", "style="):
        assert word not in live, html


def test_template_syntax_is_literal() -> None:
    assert "{{7*7}} {% raw %}" in render("{{7*7}} {% raw %}")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("{{< youtube abc-1 >}}", 'href="https://www.youtube.com/watch?v=abc-1"'),
        ('{{< youtube "abc" >}}', 'href="https://www.youtube.com/watch?v=abc"'),
        ('{{< youtube id="abc" t="10" >}}', 'href="https://www.youtube.com/watch?v=abc&amp;t=10s"'),
        ('{{< x user="ada" id="12" >}}', 'href="https://x.com/ada/status/12"'),
        ("{{< note >}}\n\n*hi*\n\n{{< /note >}}", "Note</p>\n<p><em>hi</em></p>\n</div>"),
        ("{{% tip %}}\nhi\n{{% /tip %}}", '<div class="admonition tip">'),
        ("{{% notice warning %}}\nhi\n{{% /notice %}}", '<div class="admonition warning">'),
        ("{{< tip >}}\n- a\n{{< /tip >}}\nb", "<li>a</li>\n</ul>\n</div>\n<p>b</p>"),
        ('{{< note title="<b>" >}}\na\n{{< /note >}}', "&lt;b&gt;</p>"),
        ("{{< toc >}}\n\n## A", '<div class="toc">\n<ul>\n<li><a href="#a"'),
        ('{{< figure src="a.png" alt="An a" >}}', '<img alt="An a" src="a.png"'),
        ('{{< figure src="a.png" caption="By [A](b)" >}}', "<figcaption>By A</figcaption>"),
        ('[a]({{< ref "other" >}})', 'href="other.md"'),
        ('[a]({{< relref "../b/other.md#c" >}})', 'href="../b/other.md#c"'),
        ('[a]({{< ref "b/#c" >}})', 'href="b/#c"'),
        ("a {{< unknown x=1 >}}b", "<p>a b</p>"),
        ("`{{< youtube abc >}}`", "<code>{{&lt; youtube abc &gt;}}</code>"),
        ('{{< youtube "a\\"><script>" >}}', ""),
        ('{{< youtube "a) [b](https://evil" >}}', 'watch?v="'),
    ],
)
def test_shortcodes(body: str, html: str) -> None:
    rendered = render(body)
    assert html in rendered
    assert "{{<" not in rendered
    assert "<script" not in rendered


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("- a\n  - b", "<ul>\n<li>a<ul>\n<li>b</li>"),
        ("1. a\n   - b", "<ol>\n<li>a<ul>\n<li>b</li>"),
        ("1) a\n2) b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("text\n- a\n- b", "<p>text</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("in 1987\n1988. not a list", "<p>in 1987\n1988. not a list</p>"),
        ("- a\n\n  more\n- b", "<p>more</p>\n</li>\n<li>\n<p>b</p>"),
        ("- a\n  ```rust\n  x\n  ```\n- b", '<div class="highlight">'),
        ("> big:\n> * a\n> * b", "<p>big:</p>\n<ul>\n<li>a</li>"),
        ("- a\n  > b", "<blockquote>\n<p>b</p>\n</blockquote>"),
        ("```rust,ignore\nlet x;\n```", '<span class="kd">let</span>'),
        ("```\n- a\n  - b\n````", "<code>- a\n  - b\n</code>"),
        ("```\nopen", "<code>open\n</code>"),
        ("<details>\n<summary>s</summary>\n\n- a\n\n</details>", "<li>a</li>"),
        ("<pre>\n- a\n  - b\n</pre>", "<pre>- a\n  - b\n</pre>"),
        ("    - code\n      - block", "<code>- code\n  - block\n</code>"),
        ("---\n\n* * *", "<hr>"),
        ("> [!TIP] Own\n> - a\n>   - b\n\nc", "Own</p>\n<ul>\n<li>a<ul>"),
        ("> [!TIP]\n> a\nb", "<p>a</p>\n</div>\n<p>b</p>"),
        ("> [!TIP\n> a", "<blockquote>\n<p>[!TIP"),
        ("!!! note\n    - a\n      - b\n\n    c\n\nd", "</ul>\n<p>c</p>\n</div>\n<p>d</p>"),
        ("!!! note\n    ~~~py\n    x\n    ~~~\nd", '<div class="highlight">'),
        ("- a\n\n  !!! note\n      b\n- c", '<div class="admonition note">'),
        ("[[_TOC_]]\n\n## A", '<div class="toc">'),
        ("`[toc]`", "<code>[toc]</code>"),
    ],
)
def test_what_commonmark_reads_differently(body: str, html: str) -> None:
    assert html in render(body)


@pytest.mark.parametrize(
    "words",
    [
        'title="a.py" hl_lines="2"',
        '{title="a.py" hl_lines=[2]}',
        '{hl_lines=["2-2"],title="a.py"}',
        ",name=a.py,hl_lines=2",
        'title="a.py" {2}',
    ],
)
def test_the_words_behind_a_fence(words: str) -> None:
    html = render(f"```python {words}\na\nb\n```")
    assert '<div class="highlight"><span class="filename">a.py</span><pre>' in html
    assert 'a</span>\n<span class="hll"><span class="n">b</span>\n</span></code>' in html


def test_hostile_words_behind_a_fence() -> None:
    html = render('```py title="<script>alert(1)" hl_lines="1-99999999999"\na\n```')
    assert '<span class="filename">&lt;script&gt;alert(1)</span>' in html
    assert "hll" not in html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ('![A](a.png "C & <d>")', "<figcaption>C &amp; &lt;d&gt;</figcaption></figure>"),
        ('[![A](a.png "C")](b.png)', 'src="a.png" loading="lazy"></a><figcaption>C</figcaption>'),
        ('![A](a.png "C") text', '<p><img alt="A" src="a.png" title="C" loading="lazy"> text</p>'),
        ("![A](a.png)", '<p><img alt="A" src="a.png" loading="lazy"></p>'),
        (
            '<figure markdown>\n![A](a.png)\n<figcaption markdown="span">*C*</figcaption></figure>',
            "<figcaption><em>C</em></figcaption>",
        ),
    ],
)
def test_figures(body: str, html: str) -> None:
    assert html in render(body)


def test_a_figure_takes_no_longer_than_the_text_is_long() -> None:
    body = "<p><img " + 'title="" ' * 20_000 + "x</p>"
    started = time.process_time()
    render(body)
    assert time.process_time() - started < 5


def test_a_converter_is_used_again_and_remembers_nothing() -> None:
    body = "# A\n\n[b][c] d[^1]\n\n[c]: e\n[^1]: f\n\n*[HTML]: x"
    first = render(body)
    assert render("# A\n\n[b][c] d[^1]") == render("# A\n\n[b][c] d[^1]")
    assert 'href="e"' not in render("[b][c]")
    assert render(body) == first


def test_what_a_text_names() -> None:
    html = render(
        "![a](b%20c.png?x#y) [d](e.md#f) [g](/h/i.md) [j](/k) [l](//m/n.md) [o](#p) [q](r:s)\n\n"
        '<video src="t.mp4" poster="u.png"><source src="v.webm"></video> `<img src="w.png">`'
    )
    assert relative(html) == (
        ["b%20c.png?x#y"],
        ["e.md#f", "/h/i.md", "t.mp4", "u.png", "v.webm"],
    )


def test_plain_text() -> None:
    html = render("# A\n\nb *c* &amp; `d`[^1]\ne\n\n- f\n- g\n\n[^1]: foot")
    assert plain(html).split("\n")[:4] == ["A", "b c & d e", "f", "g"]
    assert plain("<pre>a\n  b</pre>c<br>d") == "a\nb\nc\nd"


def test_the_first_paragraph_is_the_authors_own() -> None:
    html = render("![](a.png)\n\n> quoted\n\nMine, *really*[^1].\n\nNext.\n\n[^1]: foot")
    assert first_paragraph(html) == "Mine, really."
    assert first_paragraph("") == ""
