"""The rules that a show is checked against before it is published, a module for each thing that is looked at."""
