"""Metrics say which records are counted; readings keep, for every unit, what was counted and its digest."""
