"""Whose account is whose: who speaks where, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.model.post import Post


@dataclass(frozen=True, kw_only=True)
class Voices:
    """`accounts` in the order of config.yaml; `authors` maps a name to the accounts of its own.

    What belongs to no author is the company's, and everybody's posts go there, unless it is
    `quiet`: there goes only what names it. What is no place to announce (`others`: a newsletter,
    somewhere we only listen) belongs to its author all the same. `languages` of an account are
    those that it speaks, as BCP 47 tags; one without any gets originals in whatever language.
    """

    accounts: tuple[str, ...]
    quiet: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()
    authors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def owner(self, account: str) -> str:
        """In whose name an account speaks; "" is the company."""
        return next((name for name, own in self.authors.items() if account in own), "")

    def of(self, author: str) -> tuple[str, ...]:
        """Where a post of these authors (names with commas) goes: theirs and the company's."""
        return tuple(name for name in self.accounts if self._is_for(name, author))

    def by_default(self, post: Post) -> tuple[str, ...]:
        """Where a post goes that names no account."""
        return tuple(
            name
            for name in self.of(post.author)
            if name not in self.quiet and self._speaks(name, post)
        )

    def aside(self, post: Post) -> tuple[str, ...]:
        """Which of the `others` are its author's and the company's."""
        return tuple(
            name
            for name in self.others
            if self._is_for(name, post.author) and self._speaks(name, post)
        )

    def _speaks(self, account: str, post: Post) -> bool:
        """Whether an account speaks the language of a post: `de` is also `de-AT`."""
        spoken = self.languages.get(account, ())
        if not spoken:
            return not post.is_translation
        tag = f"{post.language}-".casefold()
        return any(tag.startswith(f"{language}-".casefold()) for language in spoken)

    def _is_for(self, account: str, author: str) -> bool:
        names = {name.strip() for name in author.split(",")}
        return self.owner(account) in ("", *names)

    def refuses(self, account: str, author: str) -> str:
        """Why a post of this author may not go to an account; "" where it may."""
        if account in self.others:
            return f"`{account}` is no place to announce"
        if account not in self.accounts:
            return f"no account is called `{account}`"
        if account not in self.of(author):
            return f"`{account}` speaks for {self.owner(account)}, and this is by {author}"
        return ""

    def may_answer(self, account: str, person: str) -> bool:
        """Whether a person's words go out as this account without its owner's yes."""
        return self.owner(account) in ("", person)
