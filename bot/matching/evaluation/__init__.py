"""How good matching is on labelled items, beside plain baselines."""
