"""Submissions: reading untrusted files, the rules they must satisfy, and checking them.

Nothing in this package can read a reference, so the result for a file does not depend on the
labels.
"""
