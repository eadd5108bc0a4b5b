"""Bundles for EvalAI."""
