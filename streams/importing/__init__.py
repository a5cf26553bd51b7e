"""CSV files to events: the mapping language, its templates, and the rows they are filled from."""
