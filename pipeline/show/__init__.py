"""The TOML files of a show as values."""
