"""Django's engine for SQLite, which looks at a connection that was kept before it is used again."""
