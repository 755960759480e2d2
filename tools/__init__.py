"""Scripts that make what the project ships: set-up, example episode, cover, demo model."""
