"""Django's engine for PostgreSQL, with a bound on how long an answer may fail to come."""
