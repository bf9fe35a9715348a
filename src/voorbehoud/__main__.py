"""`python -m voorbehoud`."""

from .cli import main

main(prog_name="voorbehoud")
