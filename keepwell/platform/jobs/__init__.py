"""Background work: rows that say what is to be done, workers that hold a lease while they do it,
attempts counted before running, dead letters, and a schedule whose missed runs are caught up once."""
