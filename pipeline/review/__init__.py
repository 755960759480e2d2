"""The page on which editors correct a transcript by ear: its session, its server and its files."""
