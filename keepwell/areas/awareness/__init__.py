"""Training: courses, who completed which when, and how far every unit is covered."""
