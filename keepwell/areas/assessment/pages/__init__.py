"""Maturity seen: answering, who is how far, drafting a cycle, the workbook; the map and all that is read from it."""

from keepwell.areas.assessment.pages import (
    answering,
    board,
    drafting,
    frozen,
    handing,
    listing,
    proving,
    reading,
    saying,
    workbook,
)

urlpatterns = [
    *answering.urlpatterns, *saying.urlpatterns, *proving.urlpatterns, *handing.urlpatterns, *board.urlpatterns,
    *drafting.urlpatterns, *workbook.urlpatterns, *listing.urlpatterns, *frozen.urlpatterns,
    *reading.urlpatterns,
]  # fmt: skip
