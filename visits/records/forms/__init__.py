"""A POST about a record turned into clean values."""
