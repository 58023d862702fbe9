"""Who drafts: the agent protocol, the registry, and the agents that ship with the product."""
