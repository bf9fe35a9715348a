"""One module per server or static host: artifacts in, that host's own syntax out."""
