"""A challenge on Hugging Face: two Spaces and two datasets, generated as files."""
