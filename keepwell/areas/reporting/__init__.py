"""What is published: the outcomes of a year, signed, frozen and restated."""
