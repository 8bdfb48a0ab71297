"""Forms of accounts: a POST turned into clean values."""
