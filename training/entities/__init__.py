"""Trains and measures what finds the names: `python -m training.entities --help`."""
