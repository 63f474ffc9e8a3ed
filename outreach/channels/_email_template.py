"""How a letter looks: one column of 600 pixels, in the reader's light or dark."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from css_inline import CSSInliner

CSS = """
body { margin: 0; padding: 0; background: #f4f3f0; }
.sheet { width: 100%; border-collapse: collapse; background: #f4f3f0; }
.sheet > tbody > tr > td { padding: 24px 12px; }
.page { max-width: 600px; margin: 0 auto; padding: 32px; background: #ffffff; color: #22211f;
  border-radius: 8px; font: 17px/1.6 Georgia, "Times New Roman", serif; text-align: left; }
h1, h2, h3, h4, .foot { font-family: -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { margin: 0 0 24px; font-size: 28px; line-height: 1.25; }
h2, h3, h4 { margin: 32px 0 12px; line-height: 1.3; }
p, ul, ol, blockquote, pre, figure { margin: 0 0 18px; }
blockquote { padding-left: 16px; border-left: 3px solid #d8d5cd; color: #55524b; }
img { max-width: 100%; height: auto; border-radius: 4px; }
a { color: #0b5cad; }
code, pre { font: 14px/1.5 Menlo, Consolas, monospace; background: #f4f3f0; border-radius: 4px; }
code { padding: 1px 4px; }
pre { padding: 12px; overflow-x: auto; white-space: pre-wrap; }
pre code { padding: 0; }
th, td { padding: 4px 8px; text-align: left; }
.foot { margin-top: 40px; padding-top: 16px; border-top: 1px solid #d8d5cd; color: #6b675f;
  font-size: 13px; line-height: 1.5; }
.foot p { margin: 0 0 6px; }
.foot a { color: #6b675f; }
@media (prefers-color-scheme: dark) {
  body, .sheet { background: #171613 !important; }
  .page { background: #22211e !important; color: #e9e6df !important; }
  h1, h2, h3, h4 { color: #f6f4ef !important; }
  a { color: #8ab8f0 !important; }
  code, pre { background: #171613 !important; }
  blockquote, .foot, .foot a { color: #aaa69c !important; border-color: #45423b !important; }
}
@media (max-width: 480px) { .page { padding: 20px !important; } }
"""

_PAGE = Template("""<!doctype html>
<html lang="$language"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>$css</style></head>
<body><table class="sheet" role="presentation"><tbody><tr><td><div class="page">
<h1>$title</h1>
$body
<div class="foot">
$foot
</div></div></td></tr></tbody></table></body></html>
""")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What we say ourselves. `why` has the place where somebody subscribed."""

    read: str
    why: str
    leave: str


WORDS = {
    "en": Words(
        read="Read it on our site",
        why="You get this letter because you subscribed at {place}.",
        leave="Unsubscribe",
    ),
    "de": Words(
        read="Auf unserer Seite lesen",
        why="Du bekommst diesen Brief, weil du ihn auf {place} bestellt hast.",
        leave="Abbestellen",
    ),
    "fr": Words(
        read="Lire sur notre site",
        why="Vous recevez cette lettre parce que vous vous êtes abonné sur {place}.",
        leave="Se désabonner",
    ),
    "es": Words(
        read="Leer en nuestro sitio",
        why="Recibes esta carta porque te suscribiste en {place}.",
        leave="Darse de baja",
    ),
}


def words(language: str) -> Words:
    """Ours in this language; in English where we do not speak it."""
    return WORDS.get(language.split("-")[0].lower(), WORDS["en"])


@dataclass(frozen=True, kw_only=True)
class Foot:
    """What stands below a letter: URLs of the post and of the way out, "" for none; and `place`,
    the site where its reader subscribed."""

    original: str
    leave: str
    place: str
    language: str


def page(title: str, body: str, foot: Foot) -> str:
    """A letter's HTML with its style inlined."""
    said, below = words(foot.language), []
    if foot.original:
        below.append(f'<p><a href="{escape(foot.original)}">{escape(said.read)}</a></p>')
    if foot.leave:
        why, leave = escape(said.why.format(place=foot.place)), escape(said.leave)
        below.append(f'<p>{why} <a href="{escape(foot.leave)}">{leave}</a></p>')
    html = _PAGE.substitute(
        language=escape(foot.language),
        title=escape(title),
        css=CSS,
        body=body,
        foot="\n".join(below),
    )
    return str(_inliner().inline(html))


def plain(text: str, foot: Foot) -> str:
    """The same as text; what stands below it is set off as a signature is."""
    said, below = words(foot.language), []
    if foot.original:
        below.append(f"{said.read}:\n{foot.original}")
    if foot.leave:
        below.append(f"{said.why.format(place=foot.place)}\n{said.leave}:\n{foot.leave}")
    signature = ["-- \n" + "\n\n".join(below)] if below else []
    return "\n\n".join([text.strip(), *signature]) + "\n"


@lru_cache(maxsize=1)
def _inliner() -> "CSSInliner":
    """It fetches nothing: a style sheet that a post links to is not ours to load."""
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
