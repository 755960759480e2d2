"""`podcast check`."""
