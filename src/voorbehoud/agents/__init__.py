"""Who comes: a dated catalogue of agents, and which of them a User-Agent names."""
