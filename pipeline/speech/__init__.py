"""Who says what when: Whisper, voice activity and speakers."""
