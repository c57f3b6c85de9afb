"""Registers: one declaration gives list, record and form pages, API, and files in and out."""
