"""The build core: which steps run and why, and files that appear whole or not at all."""
