"""What visits found, in the shape the components draw."""
