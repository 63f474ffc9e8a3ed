"""What config.yaml says about the company's own site."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from outreach.site.views import Language, Profile, Site


def _no_slash(url: str) -> str:
    if not _has_host(url):
        raise ValueError("a URL that starts with https:// (or http:// on this machine)")
    return url.rstrip("/")


def _is_web(url: str) -> str:
    if not _has_host(url):
        raise ValueError("a URL that starts with https://")
    return url


def _has_host(url: str) -> bool:
    return url.startswith(("http://", "https://")) and bool(urlsplit(url).hostname)


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("an address and a port, as 127.0.0.1:8000")
    return value


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("a path from the site's root, as /old/")
    return value


Url = Annotated[str, AfterValidator(_no_slash)]
Address = Annotated[str, AfterValidator(_is_web)]
Listen = Annotated[str, AfterValidator(_listen)]
SitePath = Annotated[str, AfterValidator(_path)]


class Section(BaseModel):
    """A part of config.yaml; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LanguageSection(Section):
    """Another language of the site: what it is called there."""

    title: str = ""
    description: str = ""


class AuthorSection(Section):
    """Somebody who writes posts: the accounts that speak in their name, and their page's words.

    `photo` is a path below static/, `links` are profiles elsewhere (rel=me).
    """

    accounts: tuple[str, ...] = ()
    bio: str = ""
    photo: str = ""
    links: tuple[Address, ...] = ()


Policy = Literal["show", "hold", "hide"]


class ConversationSection(Section):
    """What stands under a post of what people said about it; without this section nothing does.

    `policy` is for every account that `accounts` does not name: show replies, hold each until a
    person lets it in, or hide all. `block` are handles or addresses of people never shown.
    """

    policy: Policy = "show"
    accounts: dict[str, Policy] = {}
    block: tuple[str, ...] = ()


class SiteSection(Section):
    """The company's own site. `url` is the public address that readers see.

    `feed` is that of a blog elsewhere, whose new entries are posts too. `hub` is told of what is
    new in our feeds (WebSub). `feeds` are further names under which each feed lies, as an earlier
    blog had them. `redirects` lead from old paths. `theme` is a folder of templates. `share` are
    the networks that a post's page offers to share it on.
    """

    title: str
    url: Url = "http://127.0.0.1:8000"
    description: str = ""
    author: str = ""
    language: str = "en"
    listen: Listen = "127.0.0.1:8000"
    feed: Address | None = None
    hub: Address | None = None
    languages: dict[str, LanguageSection] = {}
    theme: str = ""
    rel_me: tuple[Address, ...] = ()
    feeds: dict[str, Literal["atom", "rss", "json"]] = {}
    redirects: dict[SitePath, str] = {}
    share: tuple[str, ...] = ()
    cards: bool = True
    conversation: ConversationSection | None = None

    def site(self, authors: Mapping[str, AuthorSection]) -> Site:
        """The site as its pages need it."""
        return Site(
            title=self.title,
            url=self.url,
            description=self.description,
            author=self.author,
            language=self.language,
            hub=self.hub or "",
            languages=tuple(
                Language(code=code, title=it.title or self.title, description=it.description)
                for code, it in self.languages.items()
            ),
            theme=self.theme,
            rel_me=self.rel_me,
            feeds=tuple(self.feeds.items()),
            redirects=tuple(self.redirects.items()),
            share=self.share,
            profiles=tuple(
                Profile(name=name, bio=it.bio, photo=it.photo, links=it.links)
                for name, it in authors.items()
            ),
        )
