"""The pure parts of the benchmarks: what is reckoned, told and compared."""
