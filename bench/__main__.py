"""`python -m bench`: every benchmark, one JSON object a line."""

import json

from bench import feeds, images, letters, outbox, preview, rebuild

for bench in (rebuild, outbox, images, feeds, letters, preview):
    print(json.dumps(bench.run()))  # noqa: T201
