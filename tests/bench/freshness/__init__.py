"""How long after its Kafka timestamp an event shows, and what happens when more comes than fits."""
