"""Pictures of the dashboards with data: a preview, drawn without Grafana."""
