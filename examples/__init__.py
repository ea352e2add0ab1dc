"""Programs that use the API as its clients do."""
