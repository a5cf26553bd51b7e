"""The same job by cxstream, by its peers and by two limits, in turns within one run: ``make bench``."""
