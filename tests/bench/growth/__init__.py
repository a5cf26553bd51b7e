"""How cxstream grows: throughput, restore and queries against what makes them slower, ``make bench-growth``."""
