"""The server: HTTP, settings, sign-in, health and the command line."""
