"""The results site: static pages of a report, without a server and without requests."""
