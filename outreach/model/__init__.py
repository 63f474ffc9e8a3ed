"""The nouns of outreach: frozen values with no behaviour that could fail."""
