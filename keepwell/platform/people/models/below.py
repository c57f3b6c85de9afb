"""What the floors below hold about people, of whom they know nothing but ids: the trail, jobs, how far they wrote."""

from __future__ import annotations

from django.db.models import Q

from keepwell.platform.history.models import Change
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models.persons import Person
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.replicas.models import Written

ABOUT_WHO_ACTED = (Change.Kind.EVENT, Change.Kind.READ, Change.Kind.REFUSAL)


def _in_the_trail(person: Person) -> Q:
    """Rows about the person's record, and what they did beside changing records, as signing in."""
    return Q(record_type=Person.type_name(), record_id=person.pk) | Q(by=person.pk, kind__in=ABOUT_WHO_ACTED)


personal(
    by=("by",), says=("by_name", "answers", "before", "after"),
    secret=("who_salt", "what_salt", "who", "what"), about=_in_the_trail,
)(Change)  # fmt: skip
personal(by=("person_id",), says=("arguments", "message", "result", "error"))(Job)
personal("person_id", fate=Fate.DELETED)(Written)
