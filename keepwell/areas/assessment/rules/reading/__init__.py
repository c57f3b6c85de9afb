"""How maturity is read: the map as it is shown, the way down from a number, sites beside each other, what sites say
of themselves against what others found, the years, and all of it as a report."""
