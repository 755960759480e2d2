"""Reads any recording as blocks of samples."""
