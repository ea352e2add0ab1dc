"""The server as its users meet it: over HTTP, on every storage."""
