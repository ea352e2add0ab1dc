"""Use cases, where what matters is what else happens at the same time."""
