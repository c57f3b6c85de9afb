"""Maturity: the yearly assessment of every site, in IT and in OT, against a framework: cycles, answers with their
reasons, targets, and what they roll up to from a subcategory to the group."""
