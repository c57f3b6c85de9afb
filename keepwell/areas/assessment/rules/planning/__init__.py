"""From gaps to a plan: what is recommended, what of it becomes actions and initiatives, and what that would come to."""
