"""What those who run the platform decide: who may what, by whose word, and what becomes of rows and jobs."""

from keepwell.areas.administration.rules.batches import backup_missing, dead, match_rows, may_match, unmatched
from keepwell.areas.administration.rules.grants import end, keep_below_ceiling

__all__ = ["backup_missing", "dead", "end", "keep_below_ceiling", "match_rows", "may_match", "unmatched"]
