"""How often healthy customers' service alarms, and how soon bad service does: rules over simulated years."""
