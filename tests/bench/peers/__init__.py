"""The same job by others: one program each, run in an environment of its own with the versions of its ``.txt`` file."""
