"""`python -m bench`: every benchmark, one JSON object a line."""

import json

from bench import outbox, rebuild

for bench in (rebuild, outbox):
    print(json.dumps(bench.run()))  # noqa: T201
