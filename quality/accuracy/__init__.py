"""How right the shipped weights are, on held-out data, beside baselines."""
