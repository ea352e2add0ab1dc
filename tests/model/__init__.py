"""The money operations against a plain-Python oracle: random programs, faults, and interleavings."""
