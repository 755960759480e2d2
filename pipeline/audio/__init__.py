"""Recordings in, one levelled and encoded episode out."""
