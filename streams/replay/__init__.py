"""Running a log's history again beside the live rows, and comparing the two.

A plan freezes how far each partition is read and under which settings; a run gives the rows of that log into a database
of its own; a comparison says where live rows differ from them.
"""
