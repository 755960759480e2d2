"""Uploads the content of `feed/` for the public: what must be sent, in which order, and whether it has arrived."""
