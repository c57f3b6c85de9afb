"""The organization tree that every record stands on: group, companies, sites, units, dated."""
