"""Certificates: which site is certified to which standard, by whom, until when."""
