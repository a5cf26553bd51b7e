"""The dashboards, without a Grafana."""
