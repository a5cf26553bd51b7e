"""Kustomize base and overlays, and what is made for them from other files."""
