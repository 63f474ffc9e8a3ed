"""A benchmark for each promise of speed, as ratios within one run: `make bench`."""
