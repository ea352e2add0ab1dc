"""The library's own tests of execution, run on our executor."""
