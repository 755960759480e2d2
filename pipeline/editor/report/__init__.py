"""The report about an episode's sound: what is wrong with it, what was measured, and how it sounds."""
