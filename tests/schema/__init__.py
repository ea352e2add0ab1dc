"""The schema itself, and what its resolvers cost."""
