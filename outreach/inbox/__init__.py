"""The door to the team."""
