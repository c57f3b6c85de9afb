"""Bringing files into registers: every row checked first, all errors told at once, all or nothing.

Up to 1,000 rows are saved one by one in one transaction, by the rules of the forms. Longer files are
staged in checked batches of 1,000 by a job that can be killed and goes on, then applied in one
transaction by sets. Deliveries of observations go through the feed of their area.
"""
