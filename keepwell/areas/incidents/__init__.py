"""Incidents: what happened, how severe it is and why, who answers it, and who must be told by when."""
