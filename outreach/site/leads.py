"""Where a relative link of a post leads, for who reads the text elsewhere and has no build."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from outreach.model.errors import Mistakes
from outreach.model.post import Post
from outreach.site.folder import MARKDOWN
from outreach.site.links import below, bundles, owner
from outreach.site.posts import read_post
from outreach.site.views import Site

Media = Mapping[str, Path]


class Leads:
    """Asks the leader's folder. `media` maps a path there to its file, as `folder.media_of` does.

    `read` gives the text of a file by its path, None where there is none.
    """

    def __init__(self, site: Site, media: Media, read: Callable[[str], str | None]) -> None:
        self._site = site
        self._media = media
        self._read = read

    def __call__(self, post: Post, target: str) -> str:
        """The address of what a link of the post means, by its path; "" where there is none."""
        if target.lower().endswith(MARKDOWN):
            spoken = f"{target[:-3]}.{post.language}.md" if post.is_translation else target
            ways = (spoken, target, f"posts/{target}")
            return next(filter(None, (self._page(post, path) for path in ways)), "")
        if target not in self._media:
            return ""
        known = bundles(self._media)
        bundle = owner(target, known)
        index = known.get(bundle, post.path)
        url = post.url if index == post.path else self._page(post, index)
        place = below(target, f"{bundle}/" if bundle else post.path)
        return f"{url.removesuffix('.html').rstrip('/')}/{quote(place)}" if url else ""

    def _page(self, post: Post, path: str) -> str:
        """The address of the post that a file says; none of a draft, or of what nobody may see."""
        text = self._read(path)
        if text is None:
            return ""
        try:
            found = read_post(
                text,
                path=path,
                site_url=self._site.url,
                author=self._site.author,
                language=self._site.language,
                languages=self._site.codes,
                voices=None,
                first_seen=None,
            )
        except Mistakes:
            return ""
        is_secret = found.embargo and (not post.published or found.embargo > post.published)
        return "" if found.draft or is_secret else found.url
