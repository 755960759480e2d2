"""The values that rooms pass to each other, and their JSON form."""
