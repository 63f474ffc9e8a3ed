"""Where the site goes."""
