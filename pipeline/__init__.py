"""From an episode's raw audio to a tagged MP3, a transcript, show notes, pages and a podcast feed."""

import os

# Threads that have nothing to do sleep. Where other programs share the cores, torch's threads would else spin, waiting
# for each other (Whisper on two busy cores: 116 and 177 s in place of 15 and 20). Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
