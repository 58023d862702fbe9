"""Orchestration only: the project, its phases and its documents as Temporal workflows."""
