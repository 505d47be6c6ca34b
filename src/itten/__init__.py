"""itten."""
