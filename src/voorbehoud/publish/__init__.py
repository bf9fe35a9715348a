"""From a declaration to files, headers and tags on a real host, and back."""
