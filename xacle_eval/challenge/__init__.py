"""Challenges: the manifest, the rules for submissions and the ranking rule, from TOML."""
