"""What an examination looks at, one room for each side of an installation."""
