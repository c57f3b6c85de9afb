"""What in Keepwell itself needs somebody: jobs that were given up, rights and tokens that end soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices.telling import Message, administrators, tell
from keepwell.platform.people.models import Grant, Person, Token
from keepwell.platform.todos.models import present

SOON = timedelta(days=7)
DEAD = "jobs.dead"


def look() -> int:
    """Tell administrators of each kind of job that was given up, once a day and kind."""
    day, told = timezone.now().date(), 0
    since = timezone.now() - timedelta(days=1)
    dead = Job.objects.filter(state=Job.State.DEAD, finished_at__gte=since)
    for name in sorted(set(dead.values_list("name", flat=True))):
        told += tell(administrators(), Message(
            kind="platform.trouble", key=f"{DEAD}:{name}:{day}",
            what=gettext_noop("The job %(name)s was given up; mend the cause, then try it again."),
            facts={"name": name}, url=reverse("jobs"),
        ))  # fmt: skip
    return told


def expiring() -> int:
    """Tell people of their rights and tokens that end within seven days, once each."""
    return _grants() + _tokens()


def _grants() -> int:
    day, told = moments.today(), 0
    ending = Grant.objects.current().filter(until__gte=day, until__lte=day + SOON, person__in=_here())
    for grant in ending.select_related("person__unit", "unit").order_by("until", "pk"):
        told += tell([grant.person], Message(
            kind="access.expiring", key=f"grant:{grant.pk}:{grant.until}",
            what=gettext_noop("Your right at %(unit)s ends on %(day)s."),
            facts={"unit": {"en": grant.unit.name, "zh-hant": grant.unit.name_zh or grant.unit.name},
                   "day": f"{grant.until}"},
            url=reverse("account"),
        ))  # fmt: skip
    return told


def _tokens() -> int:
    now, told = timezone.now(), 0
    ending = Token.objects.filter(
        revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON, person__in=_here()
    )
    for token in ending.select_related("person__unit").order_by("expires_at", "pk"):
        told += tell([token.person], Message(
            kind="access.expiring", key=f"token:{token.pk}",
            what=gettext_noop("Your token “%(label)s” ends on %(day)s; programs that use it will be turned away."),
            facts={"label": token.label, "day": f"{token.expires_at.date()}"}, url=reverse("tokens"),
        ))  # fmt: skip
    return told


def _here() -> QuerySet[Any]:
    return Person.objects.filter(present(moments.today()), account__is_active=True).values("pk")
