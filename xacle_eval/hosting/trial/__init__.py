"""A submission on a bundle, run here as the worker of the platform runs it."""
