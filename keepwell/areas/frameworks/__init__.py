"""Frameworks: what good security is, requirement by requirement, in each version; scales to score it on,
what a level asks, how one version goes over into the next, and profiles that say what matters to whom."""
