"""`python -m outreach` is `outreach`."""

from outreach.cli import main

main()
