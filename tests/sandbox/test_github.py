"""GitHub's twin keeps GitHub's rules."""

from typing import Any

import pytest

from outreach.sandbox.github_graphql import Wrong, parse
from outreach.sandbox.github_text import called, read_into, shown

from .running import Sandbox


def ask(sandbox: Sandbox, query: str, token: str = "acme", **variables: Any) -> Any:
    sent = {"query": query, "variables": variables}
    answer = sandbox.call("POST", "/graphql", token, json=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(sandbox: Sandbox, name: str, fields: str, token: str = "acme", **given: Any) -> Any:
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} }} }}"
    return ask(sandbox, query, token, input=given)


def discuss(sandbox: Sandbox, title: str = "Hello", body: str = "World", **more: Any) -> Any:
    place = {"repositoryId": "R_acme/tools", "categoryId": "DIC_acme/tools/Announcements"}
    given = {**place, "title": title, "body": body} | more
    return change(sandbox, "createDiscussion", "discussion { id url createdAt }", **given)


def made(sandbox: Sandbox) -> str:
    return str(discuss(sandbox)["data"]["createDiscussion"]["discussion"]["id"])


def problem(answer: Any) -> tuple[str, str]:
    (error,) = answer["errors"]
    return error["type"], error["message"]


def test_whoever_asks_is_somebody(sandbox: Sandbox) -> None:
    assert ask(sandbox, "{ viewer { login } }") == {"data": {"viewer": {"login": "acme"}}}
    answer = sandbox.call("POST", "/graphql", token="", json={"query": "{ viewer { login } }"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_names_may_be_changed_and_types_told_apart(sandbox: Sandbox) -> None:
    id = made(sandbox)
    query = """query($id: ID!) { thing: node(id: $id) {
      __typename ... on Discussion { title, said: body } ... on Comment { createdAt }
      ... on Issue { body } } }"""
    thing = ask(sandbox, query, id=id)["data"]["thing"]
    assert list(thing) == ["__typename", "title", "said", "createdAt"]
    assert thing["createdAt"].endswith("Z")
    assert "." not in thing["createdAt"]


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { nickname } }",
        "{ viewer }",
        "{ viewer(id: 7) { login } }",
        "{ node { id } }",
        "query($id: ID!) { node(id: $id) { id } }",
        "{ viewer { login }",
        "{ viewer { login } } }",
        "{ ; }",
        "",
    ],
)
def test_a_query_that_means_nothing_is_refused_whole(sandbox: Sandbox, query: str) -> None:
    answer = ask(sandbox, query)
    assert "data" not in answer
    assert answer["errors"][0]["message"]


def test_what_is_parsed_is_what_was_asked() -> None:
    operation = parse('mutation M($a: X!, $b: Y) { f(a: $a, c: {d: "e\\"f", g: -1}) { h } }')
    (field,) = operation.selection
    assert (operation.kind, dict(operation.variables)) == ("mutation", {"a": "X!", "b": "Y"})
    assert field.arguments["c"] == {"d": 'e"f', "g": -1}
    with pytest.raises(Wrong):
        parse("{ a(b: ) }")


def test_a_discussion_is_as_long_as_github_takes(sandbox: Sandbox) -> None:
    discuss(sandbox, "t" * 256, "b" * 65_536)
    for title, body, what in (
        ("t" * 257, "b", "Title is too long"),
        (" ", "b", "Title can't be blank"),
        ("t", "b" * 65_537, "Body is too long"),
        ("t", " ", "Body can't be blank"),
    ):
        kind, message = problem(discuss(sandbox, title, body))
        assert (kind, what in message) == ("UNPROCESSABLE", True)
    assert len(sandbox.ledger("github")) == 1


def test_nothing_keeps_the_same_from_being_there_twice(sandbox: Sandbox) -> None:
    ids = {made(sandbox) for _ in range(2)}
    assert {entry["id"] for entry in sandbox.ledger("github")} == ids
    assert len(ids) == 2


def test_only_a_place_that_is_there_takes_a_discussion(sandbox: Sandbox) -> None:
    assert problem(discuss(sandbox, categoryId="DIC_acme/other/General"))[0] == "NOT_FOUND"
    place = {"repositoryId": "R_strangers/a", "categoryId": "DIC_strangers/a/Announcements"}
    assert problem(discuss(sandbox, **place))[0] == "FORBIDDEN"


def test_there_are_two_levels_of_comments(sandbox: Sandbox) -> None:
    id, fields = made(sandbox), "comment { id replyTo { id } }"

    def comment(**more: str) -> Any:
        return change(
            sandbox, "addDiscussionComment", fields, discussionId=id, body="Hm", **more
        )  # fmt: skip

    top = comment()["data"]["addDiscussionComment"]["comment"]
    below = comment(replyToId=top["id"])["data"]["addDiscussionComment"]["comment"]
    assert (top["replyTo"], below["replyTo"]["id"]) == (None, top["id"])
    assert "already in a thread" in problem(comment(replyToId=below["id"]))[1]
    other = made(sandbox)
    answer = change(
        sandbox, "addDiscussionComment", fields, discussionId=other, body="Hm", replyToId=top["id"]
    )
    assert "another discussion" in problem(answer)[1]


def test_lists_come_in_pages_from_both_ends(sandbox: Sandbox) -> None:
    ids = [made(sandbox) for _ in range(5)]
    query = """query($first: Int, $after: String, $last: Int, $before: String) {
      repository(owner: "acme", name: "tools") { discussions(first: $first, after: $after,
        last: $last, before: $before, orderBy: {field: CREATED_AT, direction: DESC}) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id } } } }"""

    def page(**asked: Any) -> tuple[list[str], Any]:
        found = ask(sandbox, query, **asked)["data"]["repository"]["discussions"]
        return [node["id"] for node in found["nodes"]], found["pageInfo"]

    first, info = page(first=3)
    assert (first, info["hasNextPage"], info["hasPreviousPage"]) == (ids[:1:-1], True, False)
    rest, info = page(first=3, after=info["endCursor"])
    assert (rest, info["hasNextPage"], info["hasPreviousPage"]) == (ids[1::-1], False, True)
    last, info = page(last=2)
    assert (last, info["hasPreviousPage"]) == (ids[1::-1], True)
    assert page(last=9, before=info["startCursor"])[0] == ids[:1:-1]
    for asked, kind in (
        ({}, "MISSING_PAGINATION_BOUNDARIES"),
        ({"first": 101}, "EXCESSIVE_PAGINATION"),
    ):
        assert problem(ask(sandbox, query, "acme", **dict[str, Any](asked)))[0] == kind


def test_only_its_author_changes_a_thing(sandbox: Sandbox) -> None:
    id = made(sandbox)
    given = {"discussionId": id, "body": "Mine"}
    changed = change(sandbox, "updateDiscussion", "clientMutationId", "eve", **given)
    assert problem(changed)[0] == "FORBIDDEN"
    assert (
        problem(change(sandbox, "deleteDiscussion", "clientMutationId", "eve", id=id))[0]
        == "FORBIDDEN"
    )
    assert "errors" not in change(sandbox, "updateDiscussion", "clientMutationId", **given)
    assert "errors" not in change(sandbox, "deleteDiscussion", "clientMutationId", id=id)
    assert problem(change(sandbox, "deleteDiscussion", "clientMutationId", id=id))[0] == "NOT_FOUND"


def begin(sandbox: Sandbox, where: str, title: str, text: str) -> str:
    form = {"name": "Ada", "title": title, "url": where, "text": text}
    assert sandbox.call("POST", "/github/post", data=form, allow_redirects=False).status_code == 303
    return str(sandbox.ledger("github")[-1]["id"])


def test_issues_are_listed_by_when_they_were_changed(sandbox: Sandbox) -> None:
    old = begin(sandbox, "acme/tools", "Old", "Text")
    sandbox.shift(100)
    new = begin(sandbox, "https://github.com/acme/tools", "New", "Text")
    begin(sandbox, "acme/tools/discussions", "No issue", "Text")
    begin(sandbox, "acme/other", "Elsewhere", "Text")
    path = "/repos/acme/tools/issues?sort=updated&direction=asc"
    first, second = sandbox.get(path)
    assert [first["node_id"], second["node_id"]] == [old, new]
    assert [each["node_id"] for each in sandbox.get(f"{path}&since={second['updated_at']}")] == [
        new
    ]
    sandbox.shift(200)
    given = {"subjectId": old, "body": "Hm"}
    change(sandbox, "addComment", "commentEdge { node { id issue { id } } }", **given)
    assert [each["node_id"] for each in sandbox.get(path)] == [new, old]
    (comment,) = sandbox.get("/repos/acme/tools/issues/comments?per_page=5")
    assert (comment["issue_url"], comment["body"]) == (first["url"], "Hm")
    assert sandbox.get(comment["issue_url"].removeprefix(sandbox.url))["node_id"] == old
    page = sandbox.call("GET", f"{path}&per_page=1")
    assert "page=2" in page.headers["link"]
    assert sandbox.call("GET", "/repos/acme/tools/issues/99").status_code == 404
    assert sandbox.call("GET", f"{path}&since=never").status_code == 422


def test_a_thread_has_a_page(sandbox: Sandbox) -> None:
    url = discuss(sandbox)["data"]["createDiscussion"]["discussion"]["url"]
    page = sandbox.call("GET", url.removeprefix(sandbox.url))
    assert (page.status_code, "World" in page.text) == (200, True)
    assert sandbox.call("GET", "/acme/tools/issues/99").status_code == 404


def test_only_what_makes_something_is_struck_and_too_much_is_forbidden(sandbox: Sandbox) -> None:
    id = made(sandbox)
    sandbox.fail("429", "github", seconds=7)
    assert ask(sandbox, "{ viewer { login } }")["data"]
    assert "errors" not in change(
        sandbox, "updateDiscussion", "clientMutationId", discussionId=id, body="Hm"
    )
    sent = {"query": "mutation { createDiscussion(input: {}) { clientMutationId } }"}
    answer = sandbox.call("POST", "/graphql", json=sent)
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "7")
    assert "secondary rate limit" in answer.json()["message"]
    sandbox.fail("422", "github")
    assert problem(discuss(sandbox)) == ("UNPROCESSABLE", "Refused by a fault")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("*a* **b** _c_ ~~d~~ `e` f_g_h", "a b c d e f_g_h"),
        ("# Head\n> said\n- one", "Head\nsaid\none"),
        (r"\*a\* \# &amp; &lt;b&gt; \\", "*a* # & <b> \\"),
        ("<b>a</b><!-- b -->c <https://x.example/_a_>", "ac https://x.example/_a_"),
        ("[a](https://x.example) ![b](c.png)", "a b"),
    ],
)
def test_readers_see_what_markdown_means(body: str, text: str) -> None:
    assert shown(body) == text


def test_more_is_read_into_a_text_than_markdown() -> None:
    assert called("@ada and (@grace-hopper), not a@b.example or @<!-- -->eve") == [
        "ada",
        "grace-hopper",
    ]
    assert called(r"\@bob") == ["bob"]
    assert read_into("#1 GH-2 :tada: $x$") == ["#1", "GH-2", ":tada:", "$x$"]
    assert read_into("#<!-- -->1 1:2 <span>$</span>5 to <span>$</span>6") == []
