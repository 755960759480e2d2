"""Many episodes at once: local processes or the machines of a cluster."""
