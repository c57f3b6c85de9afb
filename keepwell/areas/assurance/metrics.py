"""How many sites hold a certificate in force, standard by standard."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext

from keepwell.areas.assurance.models import Certificate, Suspension
from keepwell.platform.metrics.metric import Count, metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.records.choices import when_shown
from keepwell.platform.tree.models import Unit

# Standards of the yearly outcomes, with the names under which they are certified.
PUBLISHED = {
    "iso-27001": "ISO/IEC 27001",
    "iso-22301": "ISO 22301",
    "iso-15408": "ISO/IEC 15408",
    "iec-62443-2-1": "IEC 62443-2-1",
    "iso-sae-21434": "ISO/SAE 21434",
    "gsma-sas-up": "GSMA SAS-UP",
}
FIRST_IN_ORDER = 300


def title(name: str) -> str:
    """The figure's title in the active language."""
    return gettext("Sites certified to %(standard)s") % {"standard": name}


def definition(name: str) -> str:
    """The figure's definition in the active language."""
    return gettext(
        "Sites within the scope of a certificate to %(standard)s in force on the as-of day: issued by then, "
        "its last day not past, neither withdrawn nor suspended. Each site counts once."
    ) % {"standard": name}


def certified(scope: Scope, code: str) -> Count:
    """Active sites within a certificate to `code` in force on `scope.day`; looked at are all active sites."""
    sites = Unit.objects.sites().active(scope.day)
    certificates = Certificate.objects.counting_on(scope.day).filter(standard__code=code)
    within = Certificate.sites.through.objects.filter(certificate__in=certificates)
    return Count(of=sites.filter(pk__in=within.values("unit")), at="pk", key=("code",), looked_at=sites)


for number, (code, name) in enumerate(PUBLISHED.items()):
    metric(
        f"certificates.sites.{code}",
        title=when_shown(title, name),
        definition=when_shown(definition, name),
        unit="sites",
        reads=[Certificate, Suspension],
        published=True,
        order=FIRST_IN_ORDER + number,
    )(partial(certified, code=code))
