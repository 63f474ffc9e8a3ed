"""From a folder of Markdown to every network where your community talks, and every reply back."""
