"""What config.yaml says about where the site is served from, and who is told of it."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from outreach import deploy
from outreach.model.errors import Mistake
from outreach.yamlfile import YamlFile


def _hook(value: object) -> object:
    """A URL, the name of a secret that is one, or a command by its words."""
    if isinstance(value, str):
        words: Sequence[object] = (value,)
        is_right = is_address(value) or (value[:1] == "$" and value[1:].isidentifier())
    else:
        words = value if isinstance(value, list) else ()
        is_right = bool(words) and all(isinstance(it, str) and it.isprintable() for it in words)
    if not is_right:
        raise ValueError("a URL, $NAME of a secret that is one, or a command as [make, publish]")
    return tuple(words)


def is_address(hook: str) -> bool:
    """Whether a hook of one word is the URL itself."""
    return hook.startswith(("https://", "http://")) and bool(urlsplit(hook).hostname)


DeployHook = Annotated[tuple[str, ...], BeforeValidator(_hook)]


def deploy_settings(source: YamlFile, mistakes: list[Mistake]) -> deploy.TargetSettings | None:
    """The `deploy:` section by its kind; None where there is none, or mistakes were added."""
    written = source.section("deploy")
    if not written:
        return None
    kind = written.get("kind")
    if kind not in deploy.kinds():
        known = ", ".join(deploy.kinds())
        mistakes.append(source.mistake(("deploy", "kind"), f"deploy has the kind {kind!r}", known))
        return None
    return source.validate(deploy.module(kind).Settings, mistakes, ("deploy",))
