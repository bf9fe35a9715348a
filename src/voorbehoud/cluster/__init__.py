"""More than one machine: which sites go together, where they stand, and the way to a scheduler of Dask."""
