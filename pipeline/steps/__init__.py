"""Every step of an episode and of the show."""
