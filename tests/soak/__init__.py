"""The soak: half an hour of mixed traffic with random faults, and a report of what it did to two workers."""
