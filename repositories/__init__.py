"""Where things are kept: one contract, and the backends that honour it."""
