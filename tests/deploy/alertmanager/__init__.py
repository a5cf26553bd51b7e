"""Alertmanager, as amtool sees its configuration."""
