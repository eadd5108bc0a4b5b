"""Recipes: a synthetic world, and baselines that run on it and on the real data."""
