"""Evaluation: from files and arrays to results. The public functions live here."""
