"""The database is run as docs/operations.md says."""
