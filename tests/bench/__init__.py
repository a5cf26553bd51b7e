"""What cxstream costs: CPU time for people, instruction counts for continuous integration."""
