"""The leader's desk: the site with its drafts, and beside each text what networks get."""
