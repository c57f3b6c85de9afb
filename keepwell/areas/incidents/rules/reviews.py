"""Writing the review of an incident: once it is over, by whoever may read what is written."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentReview
from keepwell.areas.incidents.models.reviews import LONGEST_PART, PARTS, review_of
from keepwell.areas.incidents.rules.timeline import require_mark
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

REVIEWING = Incident.State.REVIEW


@act(
    Level.EDIT,
    label=_("Write the review"),
    offered=lambda incident: incident.state == REVIEWING and incident.retired_at is None,
    shown=lambda incident: review_of(incident) is None,
    beside=True,
    explains=_(
        "What happened, why, what worked and what did not; parts may be left for later. It is marked as the incident is "
        "unless you give it a TLP mark of its own, and the incident closes with all four parts."
    ),
)
def write_review(
    incident: Incident, *, by: Person, happened: str, causes: str = "", worked: str = "", failed: str = "",
    tlp: Incident.Tlp | None = None,
) -> IncidentReview:  # fmt: skip
    """Begin the review of an incident that has none; `tlp` is its own mark (None: the incident's).

    Refused where it has one already, or nothing is written."""
    if review_of(incident) is not None:
        raise Refused(gettext("The incident has its review already: change that one."))
    told = {"happened": happened, "causes": causes, "worked": worked, "failed": failed}
    return write(incident, told, by=by, tlp=tlp)


def _as_it_stands(review: IncidentReview) -> dict[str, Any]:
    return {part: getattr(review, part) for part in PARTS}


@act(
    Level.EDIT,
    label=_("Change the review"),
    offered=lambda review: review.incident.state == REVIEWING and review.retired_at is None,
    explains=_(
        "The earlier words stay in its history. Of a closed incident it is changed once that is open again."
    ),
    begins=_as_it_stands,
)
def rewrite(
    review: IncidentReview,
    *,
    by: Person,
    happened: str = "",
    causes: str = "",
    worked: str = "",
    failed: str = "",
) -> None:
    """Write the parts anew; an empty one stays as it was."""
    told = {"happened": happened, "causes": causes, "worked": worked, "failed": failed}
    write(review.incident, told, by=by, tlp=None)


def write(
    incident: Incident, told: dict[str, str], *, by: Person, tlp: Incident.Tlp | None
) -> IncidentReview:
    """Put `told` into the review of the incident, which is made where there is none, inside an act; an empty part stays as
    it was. Refused where the review is kept from `by`, and a mark for one that has it already."""
    told = {part: text.strip() for part, text in told.items() if text.strip()}
    review = readable(incident, by)
    if review is None and not told:
        raise Refused(gettext("Write at least one part of the review."))
    if any(len(text) > LONGEST_PART for text in told.values()):
        raise Refused(gettext("A part of a review has %(most)d characters at most.") % {"most": LONGEST_PART})
    if review is not None and tlp:
        raise Refused(gettext("The review has its mark already: mark it anew on its own page."))
    require_mark(incident, tlp, by=by)
    made = review or IncidentReview(incident=incident, tlp=tlp or "")
    if told:
        made.person, made.recorded_at = by, moments.now()
        for part, text in told.items():
            setattr(made, part, text)
        made.save()
    return made


def readable(incident: Incident, by: Person) -> IncidentReview | None:
    """The review of the incident, None where there is none; Refused where there is one that is kept from `by`."""
    found: IncidentReview | None = review_of(incident)
    if found is not None and not IncidentReview.objects.filter(pk=found.pk).readable_by(by).exists():
        raise Refused(
            gettext(
                "The review of %(incident)s is kept from you: somebody who may read it writes it and closes."
            )
            % {"incident": incident}
        )
    return found


def whole(incident: Incident, told: dict[str, str], *, by: Person, tlp: Incident.Tlp | None) -> None:
    """Write `told` into the review, and refuse where a part is still missing then; inside the act that closes."""
    stands = readable(incident, by)
    if not all(told[part].strip() or getattr(stands, part, "") for part in PARTS):
        raise Refused(
            gettext("Write all four parts of the review: what happened, causes, what worked, what did not.")
        )
    write(incident, told, by=by, tlp=tlp)
