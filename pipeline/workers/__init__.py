"""Makes many episodes at once, in local processes or on the machines of a cluster."""
