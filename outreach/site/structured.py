"""What a page says of its post in JSON-LD, the way search engines read it (schema.org)."""

import json
from urllib.parse import urljoin

from outreach.site.views import Entry, Site

_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def blog_posting(entry: Entry, site: Site, image: str) -> str:
    """A post as schema.org's BlogPosting, safe inside a `script` element; `image` is an address.

    Nothing runs it: a script of this type is data, which no Content-Security-Policy forbids.
    """
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "@id": entry.url,
        "url": entry.url,
        "mainEntityOfPage": entry.url,
        "headline": entry.title,
        "description": entry.description,
        "datePublished": entry.published.isoformat(),
        "dateModified": entry.updated.isoformat(),
        "inLanguage": entry.language,
        "wordCount": entry.words,
        "keywords": [tag for tag, _ in entry.tags],
        "author": [
            {"@type": "Person", "name": name, "url": urljoin(f"{site.url}/", href)}
            for name, href in entry.authors
        ],
        "publisher": {"@type": "Organization", "name": site.title, "url": f"{site.url}/"},
    }
    if image:
        found["image"] = [image]
    return json.dumps(found, ensure_ascii=False).translate(_ESCAPED)
