"""Trains what finds quotations and their speakers."""
