"""Recipes: a world of synthetic data and baselines that run on it and on the real data alike."""
