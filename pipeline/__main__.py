"""`python -m pipeline` is the `podcast` command."""

from pipeline.cli.main import main

main()
