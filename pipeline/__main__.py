"""`python -m pipeline` is the `podcast` command."""

from pipeline.cli import main

main()
