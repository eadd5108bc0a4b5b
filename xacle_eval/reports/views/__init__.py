"""Views: results as tables of values, one module per kind of result."""
