"""What every area needs, written once."""
