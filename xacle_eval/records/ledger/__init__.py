"""The ledger: who sent what when, what counts, and every board again as of any date."""
