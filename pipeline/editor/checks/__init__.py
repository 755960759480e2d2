"""The rules that a show is checked against before it is published, one module for each thing that is checked."""
