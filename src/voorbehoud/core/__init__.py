"""The words that all rooms share.  Imports nothing of ours; touches no network, disk or clock."""
