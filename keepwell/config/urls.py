"""Every address of the site: the registers, the API, and each area's own pages."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from keepwell.config import health
from keepwell.platform.evidence import pages as evidence
from keepwell.platform.identity import urls as identity
from keepwell.platform.keeping.measures import show_measures
from keepwell.platform.notices import urls as notices
from keepwell.platform.pages import urls as shell
from keepwell.platform.registers import api, pages


def own_pages() -> list[URLPattern | URLResolver]:
    """The pages of areas that are no register."""
    rooms = [f"{area}.pages" for area in settings.AREAS if find_spec(f"{area}.pages")]
    return [path("", include(import_module(room))) for room in rooms]


urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", show_measures, name="measures"),
    path("api/", api.build().urls),
    path("scim/v2/", include("keepwell.areas.administration.api.scim.views")),
    *own_pages(),
    *identity.urlpatterns,
    *evidence.urlpatterns,
    *notices.urlpatterns,
    *shell.urlpatterns,
    *pages.urlpatterns(),
]
handler400 = "keepwell.platform.pages.errors.unreadable"
handler403 = "keepwell.platform.pages.errors.forbidden"
handler404 = "keepwell.platform.pages.errors.absent"
handler500 = "keepwell.platform.pages.errors.broken"
