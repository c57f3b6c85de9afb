"""What the security organization does, one folder each."""
