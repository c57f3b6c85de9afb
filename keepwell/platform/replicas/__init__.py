"""Reading from copies of the database that follow it: lists and figures may be a little old, what decides may not.

`routing` says which side answers, `watching` which copy may be asked at all. Rights, sessions, the trail, jobs
and everything within a change are read where they are written."""
