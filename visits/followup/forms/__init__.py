"""Forms about what visits found."""
