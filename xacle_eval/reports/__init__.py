"""Reports: results as text, for people and for programs.

Formats for programs are byte-stable: the same input gives the same bytes, without a clock or
absolute paths. Each format escapes untrusted text by its own rules.
"""
