"""Show notes and chapters: Markdown and TOML as HTML and text."""
