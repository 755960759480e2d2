"""Counts downloads in the logs of web servers, by the rules of the IAB, and keeps no address."""
