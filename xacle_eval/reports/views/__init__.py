"""Views: results as tables of values, one module for each kind of result."""
