"""Side by side with named peers: same process, same input, same answers, CPU time.  Started with `./run bench`."""
