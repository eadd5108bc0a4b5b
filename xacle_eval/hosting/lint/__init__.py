"""Checks of the bundles of hosting platforms: Codabench (version 2) and EvalAI."""
