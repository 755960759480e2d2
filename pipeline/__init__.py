"""Turns an episode's raw audio into a tagged MP3, a transcript, show notes, pages and a podcast feed."""

import os

# Idle threads sleep. If other programs share the cores, torch's threads would otherwise spin while they wait for each
# other (Whisper on two busy cores: 116 and 177 s instead of 15 and 20). Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
