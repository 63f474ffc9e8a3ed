"""`python -m bench`: every benchmark, one JSON object a line."""

import json

from bench import feeds, images, letters, outbox, rebuild

for bench in (rebuild, outbox, images, feeds, letters):
    print(json.dumps(bench.run()))  # noqa: T201
