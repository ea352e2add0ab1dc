"""What can be done: one function per use case, which loads, lets the domain decide, and saves."""
