"""Syntaxes that several signals share: bytes in, values out.  Nothing here raises on any input."""
