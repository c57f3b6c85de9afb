"""What those who run the platform decide: who may what, by whose word, and what becomes of rows and jobs."""

from keepwell.areas.administration.rules.batches import match_rows, may_match
from keepwell.areas.administration.rules.grants import end, keep_below_ceiling

__all__ = ["end", "keep_below_ceiling", "match_rows", "may_match"]
