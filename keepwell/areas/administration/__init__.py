"""The platform seen by those who run it: grants, sources, batches and jobs."""
