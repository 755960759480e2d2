"""From an episode's raw audio to a tagged MP3, a transcript, show notes, pages and a podcast feed."""
