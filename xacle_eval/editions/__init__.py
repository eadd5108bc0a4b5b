"""A challenge file from a file of labels: columns, ids, scale and groups, with their evidence."""
