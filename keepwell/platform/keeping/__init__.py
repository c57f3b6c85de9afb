"""Keeping the installation itself: backups and their return, its schema, its health and its measures.
What operators do with a running Keepwell, whatever it holds."""
