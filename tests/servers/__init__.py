"""Real servers that the tests start, each thrown away at the end."""
