"""The web pages, their search and their design."""
