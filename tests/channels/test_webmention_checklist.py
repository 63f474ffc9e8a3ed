"""Each item of the W3C's report template, and the test that holds it or why none can."""

import ast
import json
from pathlib import Path

import pytest

from ..shared import SHARED, needs_shared

ROOT = Path(__file__).parent.parent
CHECKLIST = SHARED / "conformance" / "webmention" / "checklist.json"

SENDING = "channels/test_webmention.py"
READING = "channels/test_webmention_receiving.py"
DOOR = "public/test_webmention.py"
FLOW = "flows/test_receive.py"
REAL = "servers/test_webmention.py"

FOUND = f"{SENDING}::test_the_endpoint_is_found"
KINDS = f"{READING}::test_how_a_page_answers_is_told_apart"
LINKS = f"{READING}::test_a_link_is_a_link"
NO_LINKS = f"{READING}::test_what_only_looks_like_a_link_is_none"
TOLD_AGAIN = f"{REAL}::test_a_page_hears_of_our_post_of_its_edit_and_of_its_end"

HELD = {
    **{f"[Discovery Test #{n}](https://webmention.rocks/test/{n})": FOUND for n in range(1, 22)},
    **{
        f"Accepts HTTP {status} response as a success": f"{SENDING}::test_every_success_is_one"
        for status in (200, 201, 202)
    },
    "[Update Test #1](https://webmention.rocks/update/1)": TOLD_AGAIN,
    "[Update Test #2](https://webmention.rocks/update/2)": f"{SENDING}::"
    "test_the_endpoint_is_looked_up_each_time",
    "[Delete Test #1](https://webmention.rocks/delete/1)": TOLD_AGAIN,
    "The sender avoids sending a Webmention to a loopback address (SHOULD)": f"{SENDING}::"
    "test_nobody_makes_us_talk_to_this_machine",
    "HTTP 202 - Receiver processes the Webmention asynchronously": f"{DOOR}::"
    "test_a_webmention_is_taken_and_kept",
    "Verifies source and target are valid URLs, rejecting with HTTP 400 (MUST)": f"{DOOR}::"
    "test_what_can_be_none_is_refused_with_words",
    "Verifies that target is a valid resource for which the receiver accepts Webmentions, rejecting"
    " with HTTP 400 (SHOULD)": f"{DOOR}::test_what_can_be_none_is_refused_with_words",
    "Ignores fragment when checking if target is supported (SHOULD)": f"{DOOR}::"
    "test_the_page_is_meant_whatever_part_of_it",
    "Verification is processed asynchronously (SHOULD)": f"{DOOR}::"
    "test_it_answers_at_once_also_when_much_waits",
    "Follows at least one HTTP redirect on source URL (MUST)": f"{READING}::"
    "test_redirects_are_followed_to_their_limit",
    "Respects a self-imposed limit on number of HTTP redirects to follow (MUST)": f"{READING}::"
    "test_redirects_are_followed_to_their_limit",
    "HTML": LINKS,
    "Accepts a Webmention where the target URL is in an `<a>` tag": LINKS,
    "Accepts a Webmention where the target URL is in an `<img>` tag": LINKS,
    "Accepts a Webmention where the target URL is in an `<video>` tag": LINKS,
    "Accepts a Webmention where the target URL is in an `<audio>` tag": LINKS,
    "Rejects a Webmention where the target URL is in the document as text": NO_LINKS,
    "Rejects a Webmention where the target URL is in an `<a>` tag inside an HTML comment": NO_LINKS,
    "Rejects a Webmention where the target URL is not in the document": NO_LINKS,
    'The receiver recognizes that the source URL is a "comment" or "reply" to the post': KINDS,
    'The receiver recognizes that the source URL is a "like" of the post': KINDS,
    'The receiver recognizes that the source URL is a "repost" of the post': KINDS,
    "The receiver recognizes additional response types, using markup:": KINDS,
    "Does not display an update Webmention as a new response (SHOULD)": f"{FLOW}::"
    "test_the_same_again_is_no_second_mention",
    "Removes the response when an update Webmention is sent and the source URL returns 200 and no"
    " link is found (SHOULD)": f"{FLOW}::test_what_is_gone_drops_out_and_can_come_back",
    "Updates and stores the information from the primary object at the source URL (MUST)": f"{FLOW}"
    "::test_what_its_author_changed_is_changed",
    "Recognizes an HTTP 410 response as a delete, and removes the response (SHOULD)": f"{FLOW}::"
    "test_what_is_gone_drops_out_and_can_come_back",
    "Webmentions are moderated before being displayed (MAY)": f"{FLOW}::"
    "test_a_stranger_waits_for_a_person_and_then_is_known",
    "The receiver ensures any displayed data it properly encoded/filtered to prevent XSS attacks"
    " (MUST)": "inbox/test_moderation.py::test_the_page_shows_words_as_words",
    "Respects a self-imposed limit on the time spent fetching the source URL (SHOULD)": f"{SENDING}"
    "::test_redirects_share_one_deadline",
    "Respects a self-imposed limit on the number of bytes fetched from the source URL (SHOULD)":
    f"{READING}::test_a_page_is_read_to_a_megabyte",
    "The receiver accepts additional parameters or headers, and so has CSRF protection (SHOULD)":
    f"{DOOR}::test_no_cookie_and_no_header_matters",
}  # fmt: skip

NOT_OURS = {
    "[Salmention](http://indiewebcamp.com/Salmention)": "an extension",
    "[Vouch](http://indiewebcamp.com/Vouch)": "an extension; strangers are moderated instead",
    "[Private Webmention](http://indiewebcamp.com/Private-Webmention)": "an extension",
    "Other: _______": "a line to fill in",
    "Other: ______": "a line to fill in",
    "using HTML markup: __________": "a line to fill in",
    "Response: __________ using HTML markup: __________": "a line to fill in",
    "HTTP 200 - Receiver synchronously processes the Webmention request (not recommended)":
    "one of three; ours is 202",
    "HTTP 201 - Receiver creates a status URL the sender can use to check the status of the"
    " Webmention": "one of three; ours is 202",
    "The receiver displays data from the source URL on the target post (MAY)":
    "the team reads it; nothing of strangers stands on our pages",
    'The receiver recognizes that the source URL is an "RSVP" to the post':
    "no post is an event; it is a reply",
    "Updates and stores the information from children or descendant objects at the source URL"
    " (MAY)":
    "only the page's own entry is read",
    "Webmentions are periodically re-verified (MAY)": "who changes a page says so again",
}  # fmt: skip


@needs_shared
def test_every_item_is_held_or_is_not_ours() -> None:
    items = [item["statement"] for item in json.loads(CHECKLIST.read_text("utf-8"))["items"]]
    assert set(items) == set(HELD) | set(NOT_OURS)
    assert not set(HELD) & set(NOT_OURS)


def test_what_must_or_should_be_is_held() -> None:
    assert not [item for item in NOT_OURS if item.endswith(("(MUST)", "(SHOULD)"))]


@pytest.mark.parametrize("test", sorted(set(HELD.values())))
def test_the_test_that_holds_it_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
