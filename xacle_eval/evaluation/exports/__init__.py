"""Leaderboards that platforms export, read as tables of published results."""
