"""Makes the small Whisper checkpoint "Demo": sentences, corpus, training, evaluation."""
