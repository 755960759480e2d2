"""What people do with episodes: begin one, look at its state, release it."""
