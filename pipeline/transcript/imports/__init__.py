"""Transcripts of other programs → the house format: Word, WebVTT, SRT, Podcasting 2.0 JSON, plain text."""
