"""What is true of the medical-insurance wallet: values, rules and refusals, with no I/O, clock or storage."""
