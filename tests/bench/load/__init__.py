"""What is put into the topics: events in known mixes, and the answer they must lead to."""
