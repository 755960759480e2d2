"""The pages, their search and their design."""
