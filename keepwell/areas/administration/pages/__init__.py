"""Pages of those who run the platform, and of everybody's own programs."""

from keepwell.areas.administration.pages import one_record, outside, running, tokens, trail

urlpatterns = [
    *running.urlpatterns,
    *tokens.urlpatterns,
    *outside.urlpatterns,
    *trail.urlpatterns,
    *one_record.urlpatterns,
]
