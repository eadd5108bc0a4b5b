"""How many labels a prober reads from published scores, simulated attack by attack."""
