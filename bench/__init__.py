"""Measurements: each says what it compares, and prints ratios from one run, since machines are shared and noisy."""
