"""How fast a site is built, beside the builders that people use: `make bench-site N=1000`."""
