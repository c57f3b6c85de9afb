"""Keepwell: the information security management system of a group of companies."""
