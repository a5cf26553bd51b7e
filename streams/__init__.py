"""What happens to an event: decode, facts, cells, rows (``core``), and the thin shells around it."""
