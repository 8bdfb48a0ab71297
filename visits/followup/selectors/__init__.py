"""Reads of what visits found: changes, findings, plans."""
