"""Publish, prove and watch a maker's reservation against text and data mining and AI training."""
