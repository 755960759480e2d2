"""Reads the TOML files of a show into values."""
