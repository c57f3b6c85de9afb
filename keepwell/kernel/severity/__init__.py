"""How severe an incident is: a scheme that is data, and the level it gives to what is known, with every reason.

`scheme` reads and checks the scheme, `classifying` applies it.
"""
