"""What crosses a boundary: events, answer scales, metrics, rows, live windows. Imports nothing of ours."""
