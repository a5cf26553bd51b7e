"""What ``cxstream report`` shows, one module for each kind of report."""
