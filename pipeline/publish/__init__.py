"""Tags, show notes, feed and pages: all that leaves the house."""
