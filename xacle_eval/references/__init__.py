"""References: the ground truth, as averages or as per-listener ratings."""
