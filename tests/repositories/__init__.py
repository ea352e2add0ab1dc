"""Every backend keeps the promises of the storage contract."""
