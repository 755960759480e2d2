"""The values that rooms hand to each other, and how they are kept as JSON."""
