"""Scores, intervals and differences from merged contents: pure functions."""
