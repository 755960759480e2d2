"""Finds who says what when: Whisper, voice activity and speakers."""
