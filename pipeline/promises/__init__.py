"""What subscribers were promised, and what a publication would change for them."""
