"""A file someone sent us: reading it, the rules it must satisfy, and checking it.

Nothing in this room can see a reference: what it says about a file is the same whatever the labels
are.
"""
