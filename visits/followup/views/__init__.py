"""Pages about what visits found."""
