"""Rules of Prometheus; those that are made from a pattern have it here."""
