"""Modules of the toolkit rewritten for Python 3.7.

The platforms' own workers have Python 3.7 to 3.9, and the toolkit is written for 3.11. No kept
library does this: strip-hints removes annotations, and the bpc packages (walrus, f-strings,
positional-only parameters) each cover one feature and have no releases for years. Each module here
rewrites one kind of construct. What cannot be rewritten raises an error with module and line.
"""
