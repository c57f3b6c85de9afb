"""One search over everything a person may see: an index of words beside the records, kept with each change."""
