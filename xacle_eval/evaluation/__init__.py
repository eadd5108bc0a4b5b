"""Evaluation: the public functions that turn files and arrays into results."""
