"""What those who run the platform decide: who may what, by whose word, and what becomes of rows and jobs."""

from keepwell.areas.administration.rules.batches import dead, match_rows, may_match, unmatched
from keepwell.areas.administration.rules.grants import end, keep_below_ceiling

__all__ = ["dead", "end", "keep_below_ceiling", "match_rows", "may_match", "unmatched"]
