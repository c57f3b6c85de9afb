"""The group as it stands: its companies, sites and units, and the people employed there."""
