"""What config.yaml says about the company's own site."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from outreach.rules.house import OWN, HouseRules
from outreach.site import slugs
from outreach.site.fields import LANGUAGE
from outreach.site.share import TITLES
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


def _feed_path(value: str) -> str:
    if slugs.path_fault(value.removesuffix("/index.html")):
        raise ValueError("a file's path from the site's root, as index.xml or feed/index.html")
    return value


def _code(value: str) -> str:
    if not LANGUAGE.fullmatch(value) or slugs.fault(value):
        raise ValueError("a BCP 47 tag that no page of the site is called, as de or pt-BR")
    return value


Code = Annotated[str, AfterValidator(_code)]
Url = Annotated[str, AfterValidator(_no_slash)]
Address = Annotated[str, AfterValidator(_is_web)]
Listen = Annotated[str, AfterValidator(_listen)]
SitePath = Annotated[str, AfterValidator(_path)]
FeedPath = Annotated[str, AfterValidator(_feed_path)]


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


def _switched(value: object) -> object:
    """`conversation:` with nothing behind it switches it on, as `true` does."""
    if value is None or value is True:
        return {}
    return None if value is False else value


def _place(value: str) -> str:
    if value not in TITLES:
        raise ValueError(f"one of {', '.join(TITLES)}")
    return value


Policy = Literal["show", "hold", "hide"]
Place = Annotated[str, AfterValidator(_place)]


class ConversationSection(Section):
    """What stands under a post of what people said about it; without this section nothing does.

    `policy` is for every account that `accounts` does not name: show replies, hold each until a
    person lets it in, or hide all. `block` are handles or addresses of people never shown. `door`
    is where the daemon is reached, if the pages are served by somebody else.
    """

    policy: Policy = "show"
    accounts: dict[str, Policy] = {}
    block: tuple[str, ...] = ()
    door: Url | None = None


class SourceSection(Section):
    """A blog that stays where it is; what is new in it is announced, and that is all.

    Of the kind feed it is read at `url`. Every other kind is the tool that builds it, from the
    folder at `path`; its pages are then at the site's url.
    """

    kind: Literal["feed", "hugo", "jekyll", "pelican", "zola"]
    path: str = ""
    url: Address | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> "SourceSection":
        if self.kind == "feed" and (self.path or not self.url):
            raise ValueError("of the kind feed: `url:`, the feed's address, and no path")
        if self.kind != "feed" and (self.url or not self.path):
            raise ValueError(f"of the kind {self.kind}: `path:`, the blog's folder, and no url")
        return self


class SiteSection(Section):
    """The company's own site. `url` is the public address that readers see.

    `feed` is that of a blog elsewhere, whose new entries are posts too. `hub` is told of what is
    new in our feeds (WebSub). `feeds` are further names under which each feed lies, as an earlier
    blog had them. `redirects` lead from old paths. `theme` is a folder of templates. `share` are
    the networks that a post's page offers to share it on; all that we know with a `conversation:`.
    """

    title: str
    url: Url = "http://127.0.0.1:8000"
    description: str = ""
    author: str = ""
    language: str = "en"
    listen: Listen = "127.0.0.1:8000"
    feed: Address | None = None
    hub: Address | None = None
    languages: dict[Code, LanguageSection] = {}
    theme: str = ""
    rel_me: tuple[Address, ...] = ()
    feeds: dict[FeedPath, Literal["atom", "rss", "json"]] = {}
    redirects: dict[SitePath, str] = {}
    share: tuple[Place, ...] | None = None
    cards: bool = True
    conversation: Annotated[ConversationSection | None, BeforeValidator(_switched)] = None

    def site(self, authors: Mapping[str, AuthorSection]) -> Site:
        """The site as its pages need it."""
        return Site(
            title=self.title,
            url=self.url,
            description=self.description,
            author=self.author,
            language=self.language,
            hub=self.hub or "",
            cards=self.cards,
            languages=tuple(
                Language(code=code, title=it.title or self.title, description=it.description)
                for code, it in self.languages.items()
            ),
            theme=self.theme,
            rel_me=self.rel_me,
            feeds=tuple(self.feeds.items()),
            redirects=tuple(self.redirects.items()),
            share=self._share(),
            door=(self.conversation and self.conversation.door) or "",
            profiles=tuple(
                Profile(name=name, bio=it.bio, photo=it.photo, links=it.links)
                for name, it in authors.items()
            ),
        )

    def _share(self) -> tuple[str, ...]:
        if self.share is not None:
            return self.share
        return tuple(TITLES) if self.conversation else ()

    def house(self, kinds: Mapping[str, str]) -> HouseRules | None:
        """Who is shown under a post; None where nobody is. `kinds` maps each account to its kind.

        Whoever has the form for comments wants to see them, whatever else is switched on.
        """
        if self.conversation:
            return HouseRules(
                kinds=kinds,
                policy=self.conversation.policy,
                accounts=self.conversation.accounts,
                block=self.conversation.block,
            )
        own = {name: "show" for name, kind in kinds.items() if kind == OWN}
        return HouseRules(kinds=kinds, policy="hide", accounts=own) if own else None
