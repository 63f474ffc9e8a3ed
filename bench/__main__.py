"""`python -m bench`: every benchmark, one JSON object a line."""

import json

from bench import images, outbox, rebuild

for bench in (rebuild, outbox, images):
    print(json.dumps(bench.run()))  # noqa: T201
