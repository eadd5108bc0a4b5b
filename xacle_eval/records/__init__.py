"""Records: receipts of checked files."""
