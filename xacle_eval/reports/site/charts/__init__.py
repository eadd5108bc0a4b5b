"""Geometry of charts: pure functions from results to frozen positions; templates draw them."""
