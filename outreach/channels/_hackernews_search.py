"""Hacker News as Algolia has indexed it (hn.algolia.com/api)."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from outreach.channels._http import refusal
from outreach.fetch import Fetch
from outreach.model.errors import Unavailable

PAGE = 100
SHOWN = 1000
"""How many hits Algolia shows of one query, whatever the pages."""

Hit = Mapping[str, Any]


class Search:
    """Queries, each read to its end. Whole words only: no typo is tolerated."""

    def __init__(self, api: str, fetch: Fetch, now: Callable[[], datetime]) -> None:
        self._api = api
        self._fetch = fetch
        self._now = now

    def __call__(self, tags: str, since: int, **query: str) -> Iterator[Hit]:
        """The hits with these tags, created at or after `since` (epoch seconds), newest first.

        What was read is asked for once more where Algolia shows no further: only its time can
        lead on. Raises Unavailable where that time has more hits than are shown.
        """
        filters, end = f"created_at_i>={since}", -1
        while True:
            shown = list(self._shown(tags=tags, numericFilters=filters, **query))
            yield from shown
            if len(shown) < SHOWN:
                return
            oldest = int(shown[-1]["created_at_i"])
            if oldest == end:
                raise Unavailable(f"more than {SHOWN} hits of one second: {query or tags}")
            end = oldest
            filters = f"created_at_i>={since},created_at_i<={end}"

    def _shown(self, **query: str) -> Iterator[Hit]:
        for page in range(SHOWN // PAGE):
            hits = self._hits({**query, "page": str(page), "hitsPerPage": str(PAGE)})
            yield from hits
            if len(hits) < PAGE:
                return

    def _hits(self, query: Mapping[str, str]) -> list[Hit]:
        asked = {**query, "typoTolerance": "false", "attributesToHighlight": "none"}
        answer = self._fetch("GET", f"{self._api}/api/v1/search_by_date?{urlencode(asked)}")
        error = refusal("GET", answer, self._now())
        if error is not None:
            raise error
        try:
            hits = json.loads(answer.body)["hits"]
            return [hit for hit in hits if hit["objectID"] and hit["created_at_i"]]
        except (ValueError, KeyError, TypeError) as broken:
            raise Unavailable(f"the hits cannot be read: {type(broken).__name__}") from broken
