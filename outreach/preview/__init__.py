"""The leader's desk: the site with its drafts, and beside each post what every network would get."""
