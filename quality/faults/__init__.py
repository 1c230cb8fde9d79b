"""The real processes under real faults: what was acknowledged must be there afterwards. `make chaos`."""
