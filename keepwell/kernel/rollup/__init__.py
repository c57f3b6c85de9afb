"""Roll-up of scores: exact fractions from the leaves of a framework to its root and from a site to the group, by
named methods, with coverage, spread and an explanation of every value on the way."""
