"""Tags and covers of the finished audio files."""
