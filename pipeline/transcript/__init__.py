"""The house format of transcripts, and everything made from the corrected text."""
