"""How it runs: the local stack and, as files, the production deployments."""
