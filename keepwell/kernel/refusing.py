"""How a rule says no."""


class Refused(ValueError):
    """It cannot be done now; the message says why and what to do, in one sentence for the person."""
