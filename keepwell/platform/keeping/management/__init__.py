"""Commands of Django that we answer for."""
