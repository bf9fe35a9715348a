"""What the maker wants: `model` is the plain data, `load` reads voorbehoud.yaml with all faults at once."""
