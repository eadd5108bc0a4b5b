"""Inputs and outputs: files as results show them, compressed files, atomic writes."""
