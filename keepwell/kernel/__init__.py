"""Arithmetic of the subject without any framework: moments, periods, digests, rounding."""
