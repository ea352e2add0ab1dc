"""Who may see and do what: docs/authorization.md, held to the schema and asked of a running server (R27, R28)."""
