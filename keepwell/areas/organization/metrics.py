"""How many people and sites there are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.platform.metrics.metric import Count, metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.tree.models import Unit, on


@metric("organization.people", title=_("People employed"), unit="people", reads=[Person], order=10,
        definition=_("People employed on the day, each at the unit of that day."))  # fmt: skip
def people(scope: Scope) -> Count:
    """Postings that cover the day: one for each employee."""
    return Count(of=Posting.objects.filter(on(scope.day), person__kind=Person.Kind.EMPLOYEE), at="unit_id", key=("person__number",))


@metric("organization.sites", title=_("Sites"), unit="sites", reads=[Unit], order=11,
        definition=_("Sites that existed on the day."))  # fmt: skip
def sites(scope: Scope) -> Count:
    """Sites active on the day."""
    return Count(of=Unit.objects.sites().active(scope.day), at="pk", key=("code",))
