"""The command line: each verb reads arguments, calls one function, prints one result."""
