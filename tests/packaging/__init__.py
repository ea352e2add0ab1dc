"""The image and the compose files: linted by `make packaging`, tried as far as that goes without an engine."""
