"""Testers that others wrote, and lists of checks that others published, at a server that really runs."""
