"""The demo Whisper checkpoint as package data; README.md beside it describes it."""
