"""Formats: tables and results as text; `registry` lists them."""
