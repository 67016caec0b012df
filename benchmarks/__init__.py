"""Speed and load: `make bench`."""
