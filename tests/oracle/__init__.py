"""What the real data must give, computed from the CSV files by brute force: every event kept, sorted, walked through.

Nothing here imports the project: standard library only, written from the definitions, not from the code.
"""
