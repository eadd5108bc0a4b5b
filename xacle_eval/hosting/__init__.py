"""The check of submissions where the toolkit is not installed: one file, or a page."""
