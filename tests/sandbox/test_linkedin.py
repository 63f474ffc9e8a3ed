"""The rules of LinkedIn as the sandbox has them, its misbehaviour included."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests

from outreach.sandbox.faults import MODES
from outreach.sandbox.linkedin_text import escaped, read, shown, written

from .running import Sandbox, eventually

HEADERS = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
PAGE = "urn:li:organization:7"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
HOSTILE = "<script>alert(1)</script> javascript:alert(1)"


class Li:
    """A member of the sandbox's LinkedIn, who administers an organisation."""

    def __init__(self, sandbox: Sandbox, token: str = "acme") -> None:
        self.sandbox, self.token = sandbox, token

    def call(self, method: str, path: str, restli: str = "", **options: Any) -> requests.Response:
        headers = HEADERS | ({"X-RestLi-Method": restli} if restli else {})
        return self.sandbox.call(method, path, self.token, headers=headers, **options)

    def me(self) -> str:
        return f"urn:li:person:{self.sandbox.get('/v2/userinfo', self.token)['sub']}"

    def post(self, text: str, author: str = PAGE, **more: Any) -> requests.Response:
        body = {
            "author": author,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
            **more,
        }
        return self.call("POST", "/rest/posts", json=body)

    def posted(self, text: str, author: str = PAGE, **more: Any) -> str:
        answer = self.post(text, author, **more)
        assert answer.status_code == 201, answer.text
        return answer.headers["x-restli-id"]

    def comment(
        self, to: str, text: str, actor: str = PAGE, path: str = "/rest", about: str = ""
    ) -> requests.Response:
        body = {"actor": actor, "object": about or to, "message": {"text": text}}
        return self.call("POST", f"{path}/socialActions/{quote(to)}/comments", json=body)

    def comments(self, to: str, query: str = "") -> requests.Response:
        return self.call("GET", f"/rest/socialActions/{quote(to)}/comments?{query}")

    def listed(self, author: str = PAGE, query: str = "") -> requests.Response:
        return self.call("GET", f"/rest/posts?author={quote(author)}&q=author&{query}")


@pytest.fixture
def li(sandbox: Sandbox) -> Li:
    return Li(sandbox)


def ids(answer: requests.Response) -> list[str]:
    assert answer.ok, answer.text
    return [element["id"] for element in answer.json()["elements"]]


@pytest.mark.parametrize(
    ("commentary", "seen"),
    [
        ("Hello (world), and more", "Hello "),
        (r"Hello \(world\), and more", "Hello (world), and more"),
        ("one_two", "one"),
        (r"a \ b", "a "),
        ("#news and # more", "#news and "),
        (r"{hashtag|\#|news} and {hashtag|#|Technology}", "#news and #Technology"),
        ("By @[Ada Moreau](urn:li:person:7) and @ada", "By Ada Moreau and "),
        (r"By @[A \[b\]](urn:li:organization:7)!", "By A [b]!"),
        ("@[Ada](https://a.example)", ""),
        ("(", ""),
    ],
)
def test_a_text_ends_where_a_sign_is_not_escaped(li: Li, commentary: str, seen: str) -> None:
    """No error says so."""
    li.posted(commentary)
    assert li.sandbox.ledger("linkedin")[0]["text"] == seen


def test_what_is_written_is_read_again() -> None:
    text = r"a\b |{}@[]()<>#*_~ #x_y"
    assert shown(read(escaped(text))) == text
    assert written(read(escaped(text))) == escaped(text)
    assert written(read("#news")) == r"{hashtag|\#|news}"


def test_the_same_words_are_refused_by_name_for_a_day(li: Li) -> None:
    first = li.posted(r"Hello \(again\)")
    again = li.post(r"Hello \(again\)")
    assert again.status_code == 422
    assert again.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    assert again.json()["message"].endswith(f"Content is a duplicate of {first}")
    assert li.posted(r"Hello \(again\)", li.me()) != first
    li.sandbox.shift(25 * 3600)
    assert li.posted(r"Hello \(again\)") != first


def test_a_ghost_is_a_duplicate_that_is_not_there(li: Li) -> None:
    first = li.posted("Hello")
    assert li.call("DELETE", f"/rest/posts/{quote(first)}").status_code == 204
    assert first in li.post("Hello").json()["message"]
    assert li.call("GET", f"/rest/posts/{quote(first)}").status_code == 404


def test_several_images_make_another_kind_of_post(li: Li) -> None:
    urns = []
    for _ in range(2):
        body = {"initializeUploadRequest": {"owner": PAGE}}
        begun = li.call("POST", "/rest/images?action=initializeUpload", json=body).json()["value"]
        path = begun["uploadUrl"].removeprefix(li.sandbox.url)
        assert li.sandbox.call("PUT", path, "acme", data=b"GIF").status_code == 400
        assert li.sandbox.call("PUT", path, "acme", data=PNG).status_code == 201
        urns.append(begun["image"])
    images = [{"id": urn, "altText": f"Number {place}"} for place, urn in enumerate(urns)]
    assert li.posted("One", content={"media": images[0]}).startswith("urn:li:share:")
    gallery = li.posted("Two", content={"multiImage": {"images": images}})
    assert gallery.startswith("urn:li:ugcPost:")
    page = li.sandbox.call("GET", f"/feed/update/{gallery}").text
    assert page.count('<img class="media"') == 2
    assert 'alt="Number 1"' in page
    assert li.sandbox.call("GET", f"/linkedin/media/{urns[0]}").content == PNG


@pytest.mark.parametrize(
    "content",
    [
        {"media": {"id": "urn:li:image:1"}},
        {"multiImage": {"images": [{"id": "urn:li:image:1"}]}},
        {"article": {"source": "https://a.example"}},
        {"article": {"source": "javascript:alert(1)", "title": "Hello"}},
        {"article": {"source": "https://a.example", "title": "A", "thumbnail": "urn:li:image:1"}},
        {"video": {}},
    ],
)
def test_content_that_means_nothing_is_refused(li: Li, content: dict[str, Any]) -> None:
    assert li.post("Hello", content=content).status_code == 400
    assert li.sandbox.ledger("linkedin") == []


def test_an_article_is_plain_text_and_a_card(li: Li) -> None:
    article = {"source": "https://a.example/x", "title": "Hello (world)", "description": "_"}
    urn = li.posted("Read it", content={"article": article})
    page = li.sandbox.call("GET", f"/feed/update/{quote(urn)}").text
    assert "Hello (world)" in page
    assert 'href="https://a.example/x"' in page


@pytest.mark.parametrize("missing", ["visibility", "distribution", "lifecycleState", "commentary"])
def test_a_post_says_all_of_itself(li: Li, missing: str) -> None:
    gone: dict[str, Any] = {missing: None}
    assert li.post("Hello", **gone).status_code in (400, 422)


def test_3000_characters(li: Li) -> None:
    li.posted("a" * 2998 + "😀")
    refused = li.post("a" * 2999 + "😀")
    assert refused.status_code == 400
    assert "(3001 characters) exceeded the maximum allowed (3000" in refused.json()["message"]
    li.posted(r"\(" * 3000)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"X-Restli-Protocol-Version": "2.0.0"}, 400, "VERSION_MISSING"),
        (HEADERS | {"LinkedIn-Version": "202401"}, 426, "NONEXISTENT_VERSION"),
        (HEADERS | {"LinkedIn-Version": "yesterday"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "202609"}, 400, "ILLEGAL_ARGUMENT"),
    ],
)
def test_versions(sandbox: Sandbox, headers: dict[str, str], status: int, code: str) -> None:
    answer = sandbox.call("GET", "/rest/organizations/7", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nobody_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.call("GET", "/v2/userinfo", token="")
    assert (answer.status_code, answer.json()["message"]) == (401, "Empty oauth2_access_token")


def test_a_member_may_say_and_not_read(li: Li) -> None:
    me = li.me()
    post = li.posted("Hello", me)
    said = li.comment(post, "By me", me, "/v2")
    assert said.status_code == 201
    for answer in (
        li.listed(me),
        li.call("GET", f"/rest/posts/{quote(post)}"),
        li.comments(post),
        li.comment(post, "Again", me, "/rest"),
        li.call("GET", f"/rest/socialMetadata?ids=List({quote(post, safe='')})"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_DENIED")


def test_nobody_speaks_for_another(li: Li) -> None:
    post = li.posted("Hello")
    bob = Li(li.sandbox, "bob")
    for author in (PAGE, li.me(), "urn:li:person:1", "urn:li:organization:x"):
        assert bob.post("It is me", author).status_code == 403
    assert bob.listed().status_code == 403
    assert bob.call("DELETE", f"/rest/posts/{quote(post)}").status_code == 403
    assert len(li.sandbox.ledger("linkedin")) == 1


def test_who_administers_what(li: Li) -> None:
    assert li.call("GET", "/rest/organizations/7").json()["localizedName"] == "acme"
    acls = li.call("GET", "/rest/organizationAcls?q=roleAssignee").json()["elements"]
    assert [(acl["organization"], acl["role"]) for acl in acls] == [(PAGE, "ADMINISTRATOR")]
    bob = Li(li.sandbox, "bob")
    assert bob.call("GET", "/rest/organizations/7").status_code == 403
    assert bob.call("GET", "/rest/organizationAcls?q=roleAssignee").json()["elements"] == []


def test_an_edit_and_what_it_needs(li: Li) -> None:
    post = li.posted("Befor")
    path = f"/rest/posts/{quote(post)}"
    patch = {"patch": {"$set": {"commentary": r"After \(all\)"}}}
    assert li.call("POST", path, json=patch).status_code == 400
    assert li.call("POST", path, "PARTIAL_UPDATE", json=patch).status_code == 204
    assert li.sandbox.ledger("linkedin")[-1]["text"] == "After (all)"
    found = li.call("GET", path).json()
    assert found["commentary"] == r"After \(all\)"
    assert found["lifecycleStateInfo"] == {"isEditedByAuthor": True}
    gone = li.call("POST", "/rest/posts/urn:li:share:1", "PARTIAL_UPDATE", json=patch)
    assert gone.status_code == 404


def test_a_deletion_may_be_repeated(li: Li) -> None:
    post = li.posted("Hello")
    for _ in range(2):
        assert li.call("DELETE", f"/rest/posts/{quote(post)}").status_code == 204
    assert [e["effect"] for e in li.sandbox.ledger("linkedin")] == ["create", "delete"]
    assert li.call("DELETE", "/rest/posts/urn:li:share:1").status_code == 404


def test_a_listing_has_pages_and_an_order(li: Li) -> None:
    posts = [li.posted(f"Note {number}") for number in range(5)]
    first = li.comment(posts[0], "No post")
    assert first.ok
    assert ids(li.listed()) == posts[::-1]
    assert ids(li.listed(query="start=1&count=2")) == [posts[3], posts[2]]
    assert li.listed(query="count=2").json()["paging"]["links"][0]["rel"] == "next"
    patch = {"patch": {"$set": {"commentary": "Changed"}}}
    assert li.call("POST", f"/rest/posts/{quote(posts[0])}", "PARTIAL_UPDATE", json=patch).ok
    assert ids(li.listed())[0] == posts[0]
    assert ids(li.listed(query="sortBy=CREATED"))[0] == posts[4]
    for query in ("count=101", "start=x", "sortBy=NAME"):
        assert li.listed(query=query).status_code == 400


def test_an_index_lags_and_a_name_does_not(li: Li) -> None:
    li.sandbox.fail("index-lag", "linkedin", seconds=30)
    with pytest.raises(requests.ConnectionError):
        li.post("Hello")
    urn = li.sandbox.ledger("linkedin")[0]["id"]
    assert ids(li.listed()) == []
    assert li.call("GET", f"/rest/posts/{quote(urn)}").ok
    li.sandbox.shift(31)
    assert ids(li.listed()) == [urn]


def test_a_comment_is_named_by_its_activity(li: Li) -> None:
    post = li.posted("Hello")
    made = li.comment(post, "Plain (text) #here")
    told = made.json()
    assert told["message"]["text"] == "Plain (text) #here"
    assert told["commentUrn"] == f"urn:li:comment:({told['object']},{told['id']})"
    assert made.headers["x-restli-id"] == told["id"]
    assert told["object"].removeprefix("urn:li:activity:") not in post
    nested = li.comment(told["commentUrn"], "Deeper", about=told["object"]).json()
    assert nested["parentComment"] == told["commentUrn"]
    assert [c["id"] for c in li.comments(post).json()["elements"]] == [told["id"]]
    assert [c["id"] for c in li.comments(told["object"]).json()["elements"]] == [told["id"]]
    below = li.comments(told["commentUrn"]).json()["elements"]
    assert [c["commentUrn"] for c in below] == [nested["commentUrn"]]
    urns = ",".join(quote(urn, safe="") for urn in (post, told["commentUrn"]))
    path = f"/rest/socialMetadata?ids=List({urns})"
    counts = li.call("GET", path).json()["results"]
    assert counts[post]["commentSummary"] == {"count": 2, "topLevelCount": 1}
    assert counts[told["commentUrn"]]["commentSummary"] == {"count": 1, "topLevelCount": 1}


def test_a_comment_is_changed_and_taken_back_by_whom_wrote_it(li: Li) -> None:
    post = li.posted("Hello")
    told = li.comment(post, "Soon").json()
    path = f"/rest/socialActions/{told['object']}/comments/{told['id']}"
    patch = {"patch": {"message": {"$set": {"text": "Now"}}}}
    assert li.call("POST", path, "PARTIAL_UPDATE", json=patch).status_code == 403
    assert li.call("POST", f"{path}?actor={quote(PAGE)}", "PARTIAL_UPDATE", json=patch).ok
    assert li.sandbox.ledger("linkedin")[-1]["text"] == "Now"
    for status in (204, 404):
        assert li.call("DELETE", f"{path}?actor={quote(PAGE)}").status_code == status
    assert li.comments(post).json()["elements"] == []


@pytest.mark.parametrize("text", ["", " ", "a" * 1251])
def test_a_comment_has_1_to_1250_characters(li: Li, text: str) -> None:
    post = li.posted("Hello")
    assert li.comment(post, text).status_code == 400
    assert li.comment(post, "a" * 1250).ok
    assert li.comment("urn:li:share:1", "Hello").status_code == 404


def test_a_reader_answers_by_form_and_is_known(li: Li) -> None:
    post = li.posted("Hello")
    form = {"note": post, "name": "Grace Müller", "text": f"Why? {HOSTILE}"}
    answer = li.sandbox.call("POST", "/linkedin/reply", token="", data=form, allow_redirects=False)
    assert answer.status_code == 303
    (told,) = li.comments(post).json()["elements"]
    assert told["message"]["text"] == f"Why? {HOSTILE}"
    person = told["actor"].removeprefix("urn:li:person:")
    names = li.call("GET", f"/rest/people/(id:{person})").json()
    assert names["localizedFirstName"] == "Grace"
    assert names["localizedLastName"] == "Müller"
    assert li.call("GET", "/rest/people/(id:1)").status_code == 404
    deeper = {"note": told["commentUrn"], "name": "Bob", "text": "Yes"}
    assert li.sandbox.call("POST", "/linkedin/reply", token="", data=deeper).ok
    permalink = f"/feed/update/{told['object']}?commentUrn={quote(told['commentUrn'])}"
    page = li.sandbox.call("GET", permalink)
    assert page.ok
    assert "Hello" in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text
    assert "Yes" in page.text
    assert li.sandbox.call("GET", f"/in/{names['vanityName']}").ok
    assert li.sandbox.call("GET", "/company/company_7").ok
    assert li.sandbox.call("GET", "/feed/update/urn:li:share:1").status_code == 404


def test_links_and_hashtags_are_blue(li: Li) -> None:
    post = li.posted(r"See https://a.example/x\_y#z and #news")
    page = li.sandbox.call("GET", f"/feed/update/{quote(post)}").text
    assert '<a href="https://a.example/x_y#z"' in page
    assert '<a href="https://www.linkedin.com/feed/hashtag/news"' in page


def authorize(sandbox: Sandbox, **changed: str) -> requests.Response:
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": "https://us.example/back",
        "state": "s",
        "scope": "openid profile w_member_social",
    }
    return sandbox.call(
        "GET",
        "/oauth/v2/authorization",
        token="",
        params={**asked, **changed},
        allow_redirects=False,
    )


def exchange(sandbox: Sandbox, **changed: str) -> requests.Response:
    sent = {
        "grant_type": "authorization_code",
        "client_id": "app",
        "client_secret": "s",
        "redirect_uri": "https://us.example/back",
    }
    return sandbox.call("POST", "/oauth/v2/accessToken", token="", data={**sent, **changed})


def code(sandbox: Sandbox, **changed: str) -> str:
    back = authorize(sandbox, answer="allow", **changed)
    answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert answer["state"] == "s"
    return answer["code"]


def test_a_sign_in_wins_a_token_for_60_days(sandbox: Sandbox) -> None:
    assert "w_member_social" in authorize(sandbox).text
    won = exchange(sandbox, code=code(sandbox)).json()
    assert (won["expires_in"], won["scope"]) == (60 * 86400, "openid,profile,w_member_social")
    assert "refresh_token" not in won
    member = Li(sandbox, won["access_token"])
    member.posted("Hello", member.me())
    assert member.post("As a page").status_code == 403
    sent = {"client_id": "app", "client_secret": "s", "token": won["access_token"]}
    told = sandbox.call("POST", "/oauth/v2/introspectToken", token="", data=sent).json()
    assert (told["active"], told["scope"]) == (True, won["scope"])
    sandbox.shift(61 * 86400)
    told = sandbox.call("POST", "/oauth/v2/introspectToken", token="", data=sent).json()
    assert (told["active"], told["status"]) == (False, "expired")
    refused = sandbox.call("GET", "/v2/userinfo", won["access_token"])
    assert (refused.status_code, refused.json()["serviceErrorCode"]) == (401, 65602)


def test_a_code_is_good_once_for_30_minutes_and_one_address(sandbox: Sandbox) -> None:
    good = code(sandbox)
    assert exchange(sandbox, code=good, redirect_uri="https://x.example").status_code == 400
    assert exchange(sandbox, code=good, client_secret="").status_code == 400
    assert exchange(sandbox, code=good).ok
    assert exchange(sandbox, code=good).status_code == 400
    late = code(sandbox)
    sandbox.shift(31 * 60)
    assert exchange(sandbox, code=late).status_code == 400
    assert exchange(sandbox, code="code-x").status_code == 400
    assert exchange(sandbox, grant_type="password").status_code == 400


def test_a_partner_refreshes_for_a_year(sandbox: Sandbox) -> None:
    won = exchange(sandbox, code=code(sandbox, scope="w_organization_social")).json()
    assert won["refresh_token_expires_in"] == 365 * 86400
    refresh = {"grant_type": "refresh_token", "refresh_token": won["refresh_token"]}
    sandbox.shift(100 * 86400)
    again = exchange(sandbox, **refresh).json()
    assert Li(sandbox, again["access_token"]).post("Hello").ok
    assert 264 * 86400 < again["refresh_token_expires_in"] <= 265 * 86400
    sandbox.shift(366 * 86400)
    assert exchange(sandbox, **refresh).status_code == 400


def test_what_is_asked_wrongly_is_refused(sandbox: Sandbox) -> None:
    assert authorize(sandbox, redirect_uri="javascript:alert(1)").status_code == 400
    assert authorize(sandbox, client_id="").status_code == 400
    refused = authorize(sandbox, scope="r_member_social").headers["Location"]
    assert "error=unauthorized_scope_error" in refused
    assert "error=user_cancelled" in authorize(sandbox, answer="cancel").headers["Location"]


@pytest.mark.parametrize("mode", MODES)
def test_faults_strike_what_publishes(li: Li, mode: str) -> None:
    post = li.posted("Before")
    li.sandbox.fail(mode, "linkedin", seconds=0.1)
    assert ids(li.listed())
    try:
        answer = li.comment(post, "Struck") if "hang" not in mode else None
    except requests.RequestException:
        answer = None
    if "hang" in mode:
        with pytest.raises(requests.ReadTimeout):
            li.call("POST", "/rest/posts", json={}, timeout=0.3)
        return
    applied = mode.startswith("apply+") or mode == "index-lag"
    eventually(lambda: len(li.sandbox.ledger("linkedin")) == 1 + applied)
    assert li.sandbox.call("GET", "/faults").json() == []
    if answer is not None and answer.headers["content-type"] == "application/json":
        assert answer.status_code >= 400
        assert answer.json()["status"] == answer.status_code


def test_429_says_when_to_come_back(li: Li) -> None:
    li.sandbox.fail("429", "linkedin", seconds=30)
    answer = li.post("Hello")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
