"""Instructions of the core per event, counted by valgrind: the same on a quiet machine and on a busy one."""
