"""Bundles for Codabench, version 2."""
