"""Answers of a site, kept as captures.  Judges nothing."""
