"""What comes in and goes out: sources, batches, files read and written, rows that match nothing."""
