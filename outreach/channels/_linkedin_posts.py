"""What a post is sent as, its images uploaded first (posts-api, images-api, multiimage)."""

from pathlib import Path

from outreach.channels._http import not_public_yet
from outreach.channels._linkedin_rest import Json, Rest, read
from outreach.channels._linkedin_text import little
from outreach.model.errors import Unavailable
from outreach.model.note import Card, Note
from outreach.model.post import Media


def compose(rest: Rest, author: str, note: Note) -> Json:
    """The body of a public post. Nobody sees an uploaded image before a post has it."""
    body: Json = {
        "author": author,
        "commentary": little(note),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _content(rest, author, note)
    return body | ({"content": content} if content else {})


def begin_upload(rest: Rest, owner: str) -> Json:
    """Where to put an image, and its URN. Takes the right to post, and makes nothing public."""
    body = {"initializeUploadRequest": {"owner": owner}}
    with not_public_yet():
        answer = rest.call("POST", "/rest/images?action=initializeUpload", body)
    begun: Json = read(answer, Unavailable).get("value", {})
    if not {"uploadUrl", "image"} <= set(begun):
        raise Unavailable("LinkedIn does not say where to upload")
    return begun


def _content(rest: Rest, author: str, note: Note) -> Json:
    """Images, or else the card of the link: LinkedIn fetches no preview for programs."""
    if note.media:
        images = [_uploaded(rest, author, image) for image in note.media]
        return {"multiImage": {"images": images}} if images[1:] else {"media": images[0]}
    card = note.card
    if card is None and note.original and note.title:
        card = Card(url=note.original, title=note.title)
    if card is None:
        return {}
    article = {"source": card.url, "title": card.title, "description": card.description}
    if card.image is not None:
        article["thumbnail"] = _uploaded(rest, author, card.image)["id"]
    return {"article": article}


def _uploaded(rest: Rest, owner: str, image: Media) -> dict[str, str]:
    begun = begin_upload(rest, owner)
    rest.put(str(begun["uploadUrl"]), Path(image.path).read_bytes())
    return {"id": str(begun["image"]), **({"altText": image.alt} if image.alt else {})}
