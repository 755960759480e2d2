"""Trials of the real command on a small show: broken files, kills, a full disk, and edits during a run."""
