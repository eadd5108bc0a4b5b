"""Challenges: manifests, rules for submissions and the ranking rule, read from TOML."""
