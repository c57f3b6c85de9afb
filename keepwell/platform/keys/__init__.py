"""The installation's own keys: those that seal secrets at rest and those that sign what leaves the house.
They lie in a folder of their own, outside the database and outside every backup."""
