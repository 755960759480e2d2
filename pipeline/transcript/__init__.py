"""The house format and everything that is made from the corrected text."""
