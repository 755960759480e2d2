"""The demo Whisper checkpoint as package data; README.md beside it says what it is."""
