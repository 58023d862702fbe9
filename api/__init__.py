"""The HTTP and WebSocket facade: authorize, start or update a workflow or read, answer."""
