"""Golden operations: what clients send and are answered, written down beside the schema."""
