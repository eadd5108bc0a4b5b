"""Formats: tables and results as bytes, one module per format."""
