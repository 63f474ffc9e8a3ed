"""Images, figures and what else stays HTML: a caption with markup, a table that is none here."""

import re
from html import escape

import nh3
from bs4 import Tag

INLINE: dict[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
}
TABLE = INLINE | {"td": {"align", "colspan", "rowspan"}, "th": {"align", "colspan", "rowspan"}}
MEDIA = {
    "audio": {"controls", "src"},
    "video": {"controls", "src", "poster", "width", "height"},
    "source": {"src", "type"},
}
BRACKET = re.compile(r"(?<!\\)[\[\]]")


def figure(tag: Tag) -> str:
    """A figure that has images and a caption; "" where it has not.

    A caption without markup is the image's title, which our renderer shows below it.
    """
    caption, images = tag.find("figcaption"), tag.find_all("img", src=True)
    if not isinstance(caption, Tag) or not caption.get_text().strip() or not images:
        return ""
    if len(images) == 1 and not caption.find(True) and not re.search('["<>]', caption.text):
        return _captioned(images[0], " ".join(caption.text.split()))
    words = " ".join(raw(caption, INLINE).split())
    lines = ["<figure>", *map(_picture, images), f"<figcaption>{words}</figcaption>", "</figure>"]
    return "\n".join(lines)


def image(tag: Tag, caption: str = "") -> str:
    """An image, and below it its caption where it stands alone."""
    source = str(tag.get("src", ""))
    alt = BRACKET.sub(r"\\\g<0>", " ".join(str(tag.get("alt", "")).split()))
    title = f' "{caption}"' if caption else ""
    return f"![{alt}]({target(source)}{title})" if source else ""


def _captioned(tag: Tag, caption: str) -> str:
    shown, link = image(tag, caption), _link(tag)
    return f"[{shown}]({target(link)})" if link else shown


def _picture(tag: Tag) -> str:
    """An image as HTML, in its link."""
    shown, link = raw(tag, INLINE, whole=True), _link(tag)
    return f'<a href="{escape(target(link))}">{shown}</a>' if link else shown


def _link(tag: Tag) -> str:
    """Where the link leads that an image stands in; "" where it stands in none."""
    around = tag.find_parent("a", href=True)
    return str(around["href"]) if around else ""


def target(address: str) -> str:
    """An address as the target of a link: what would end it is percent-encoded."""
    return re.sub(r"[\s()<>\\]", lambda found: f"%{ord(found[0]):02X}", address.strip())


def raw(tag: Tag, attributes: dict[str, set[str]], *, whole: bool = False) -> str:
    """An element, or what is in it, as HTML of one block: without a blank line or a bare `{`."""
    html = str(tag) if whole else tag.decode_contents()
    tags = nh3.ALLOWED_TAGS | {"audio", "source", "video"}
    html = nh3.clean(html, tags=tags, attributes=attributes, link_rel=None)
    return re.sub(r"\n\s*\n", "\n", html).replace("{", "&#123;").strip()
