"""Proof that others can check: an archive of what was received, sealed, and the check of it, without store or network."""
