"""Reports: results to text, for people and for machines.

Machine formats are byte-stable: the same input gives the same bytes, without clock or
absolute path. Foreign text is escaped where it is printed, by the format it is printed in.
"""
