"""Verbs that only think: no clock, no disk, no network."""
