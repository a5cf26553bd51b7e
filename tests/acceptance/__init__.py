"""What the product promises, shown from outside on whole runs of the real command line."""
