"""What a new storage is planted with: the country's regions, and a demo family for development."""
