"""All steps of an episode and of the show."""
