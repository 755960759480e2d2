"""The RSS feed."""
