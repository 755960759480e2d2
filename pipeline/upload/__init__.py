"""The content of `feed/` to where the public reads it: what must go, in which order, and whether it has arrived."""
