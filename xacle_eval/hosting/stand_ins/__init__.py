"""Stand-ins for libraries and modules that a standalone validator does not have."""
