"""What the shell and its components promise."""
