"""Where people report: the addresses of the report page, on a host of its own if there is one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Ancestry, Unit


def base_url() -> str:
    """Where the report page stands, without a slash at the end."""
    return str(settings.KEEPWELL_REPORTS_URL or settings.KEEPWELL_URL).rstrip("/")


def site_url(site: Unit) -> str:
    """The report page of a site."""
    return base_url() + reverse("report-at", args=[str(site.code).lower()])


def follow_url(tag: str) -> str:
    """Where the answer is read, in a language."""
    return f"{base_url()}{reverse('report-answer')}?{urlencode({'lang': tag})}"


def site_of(person: Person) -> Unit | None:
    """The site where `person` works; None for who works at none."""
    above = Ancestry.objects.filter(descendant=person.unit_id, until__isnull=True).values("ancestor")
    return Unit.objects.current().filter(kind=Unit.Kind.SITE, pk__in=above).first()


def site_name(unit: Unit, tag: str) -> str:
    """The name of a unit in the language of the page."""
    return (unit.name_zh if tag.startswith("zh") else "") or unit.name
