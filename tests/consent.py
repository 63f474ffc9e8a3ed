"""A person on a network's page: says yes or no, and is sent back."""

import re
from html.parser import HTMLParser

from .sandbox.running import Sandbox


class Page(HTMLParser):
    """What a person can press: a form's buttons, the first says yes, or links likewise."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.code = re.search(r"<code>([^<]+)</code>", text)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.action = found["action"]
            case "input":
                self.fields[found["name"]] = found.get("value", "")
            case "button":
                self.buttons.append((found["name"], found["value"]))
            case "a":
                self.links.append(found["href"])


def decide(sandbox: Sandbox, url: str, account: str = "ada", yes: bool = True) -> str:
    """Press a button of the page at `url`: the address that this leads to, or the code shown."""
    assert url.startswith(sandbox.url)
    shown = sandbox.call("GET", url.removeprefix(sandbox.url), token="")
    assert shown.ok, shown.text
    page = Page(shown.text)
    if not page.buttons:
        link = page.links[0 if yes else 1].removeprefix(sandbox.url)
        return sandbox.call("GET", link, token="", allow_redirects=False).headers["location"]
    name, value = page.buttons[0 if yes else 1]
    answer = sandbox.call(
        "POST",
        page.action,
        token="",
        data={**page.fields, "account": account, name: value},
        allow_redirects=False,
    )
    if answer.is_redirect:
        return answer.headers["location"]
    code = Page(answer.text).code
    assert code, answer.text
    return code[1]
