"""Records to Kafka that are ours to write: event files, and what every partition has to know."""
