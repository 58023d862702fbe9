"""The worker process: wires collaborators to activities and polls the task queues."""
