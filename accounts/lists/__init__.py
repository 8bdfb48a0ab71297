"""Accounts from a list: read, judged row by row, confirmed, made. Nothing is made before the yes."""
