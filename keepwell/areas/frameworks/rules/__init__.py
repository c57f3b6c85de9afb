"""What may be decided about frameworks, and how they come in."""
