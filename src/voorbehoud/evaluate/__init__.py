"""Captures in, verdicts out.  No network, disk, clock or environment: `now` is an argument."""
