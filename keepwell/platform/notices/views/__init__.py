"""The pages of what is due and of what one was told."""
