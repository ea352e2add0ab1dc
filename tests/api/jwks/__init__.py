"""Signing in at an identity provider, whose keys are published and change (R27)."""
