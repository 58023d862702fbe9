"""What a process needs to start: settings, the Temporal connection, logs, and a local stack."""
