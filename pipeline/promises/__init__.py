"""What subscribers were promised, and what would change for them."""
