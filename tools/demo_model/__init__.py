"""How the small Whisper checkpoint "Demo" is made: sentences, corpus, training, examination."""
