"""Scores of a submission on a platform, in the standard library alone."""
