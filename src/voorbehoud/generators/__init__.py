"""Plug-ins for site generators in Python: each publishes into what was just built, or stops the build."""
