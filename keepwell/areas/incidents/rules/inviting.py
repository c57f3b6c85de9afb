"""Who may be invited to a response meeting, and by which words: numbers, mail addresses, the lead, who is on duty."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext

from keepwell.areas.incidents.models import DutyShift, Incident
from keepwell.areas.incidents.rules.claiming import concerned
from keepwell.areas.incidents.rules.ladder import on_duty_at
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to

ADDRESS = re.compile(r"[^\s@<>\"',;:]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
MOST_INVITED = 60
AREA = "incidents"
LEAD = "lead"
WORDS = (LEAD, *DutyShift.Duty.values)


@dataclass(frozen=True)
class Offer:
    """Who is invited by a word: the lead, or whoever is on duty of a kind at the nearest unit where anybody is."""

    word: str
    people: tuple[Person, ...]
    place: str = ""  # the unit whose roster it is

    def __str__(self) -> str:
        if self.word == LEAD:
            return gettext("Lead: %(names)s") % {"names": self.names}
        return gettext("%(duty)s, on duty: %(names)s") % {
            "duty": DutyShift.Duty(self.word).label,
            "names": self.names,
        }

    @property
    def names(self) -> str:
        return gettext(", ").join(str(person) for person in self.people)

    @property
    def reached(self) -> tuple[Person, ...]:
        """Those of them who have a mail address."""
        return tuple(person for person in self.people if person.mail)

    def is_of_the_known(self, incident: Incident) -> bool:
        """Whether each of them may know `incident`, so that inviting them tells nobody what is kept from them."""
        return all(may_know(person, incident) for person in self.people)


def offers(incident: Incident) -> list[Offer]:
    """The words by which somebody can be invited to a meeting on `incident` now, the lead first: two queries."""
    found = [Offer(LEAD, (incident.lead,))] if incident.lead is not None else []
    shifts = on_duty_at(incident.unit_id, moments.now())
    for duty in DutyShift.Duty.values:
        of_kind = [shift for shift in shifts if shift.duty == duty]
        if of_kind:
            nearest = of_kind[0].unit
            people = dict.fromkeys(shift.person for shift in of_kind if shift.unit_id == nearest.pk)
            found.append(Offer(duty, tuple(people), nearest.code))
    return found


def addresses(text: str, incident: Incident, by: Person) -> list[str]:
    """The mail addresses that `text` names, each once; Refused with what is none, a number of somebody whom `by` may not
    see and who may not work on incidents there either, a word by which nobody can be reached now, or whom it concerns."""
    words = list(dict.fromkeys(word for word in re.split(r"[\s,;]+", text.strip()) if word))
    known = _by_word([word for word in words if word.casefold() in WORDS], incident)
    known |= _by_number([word for word in words if "@" not in word and word not in known], incident, by)
    found = [address for word in words for address in known.get(word, [word])]
    wrong = [word for word in found if not ADDRESS.fullmatch(word)]
    if wrong or not found:
        raise Refused(
            gettext("Name people by number, or by mail address; not known: %(words)s.")
            % {"words": ", ".join(wrong)[:200] or "–"}
        )
    if len(found) > MOST_INVITED:
        raise Refused(gettext("At most %(most)d can be invited at once.") % {"most": MOST_INVITED})
    _require_unconcerned(incident, found)
    return list({word.casefold(): word for word in found}.values())


def _require_unconcerned(incident: Incident, mails: Collection[str]) -> None:
    """Refuse to invite whom the incident or a report of it concerns, whatever address of theirs is named."""
    lower = [mail.casefold() for mail in mails]
    rows = Person.objects.annotate(address=Lower("mail")).filter(address__in=lower).select_related("account")
    if kept := concerned(incident, rows):
        names = gettext(", ").join(str(person) for person in kept)
        raise Refused(gettext("It concerns %(name)s, who is kept out of it.") % {"name": names})


def _by_word(words: Iterable[str], incident: Incident) -> dict[str, list[str]]:
    """The addresses of whom each word names."""
    if not words:
        return {}
    offered = {offer.word: offer for offer in offers(incident)}
    found = {}
    for word in words:
        offer = offered.get(word.casefold())
        if offer is None or not offer.reached:
            raise Refused(
                gettext("Nobody with a mail address is on duty, or leads, as “%(word)s” here now.")
                % {"word": word}
            )
        found[word] = [str(person.mail) for person in offer.reached]
    return found


def _by_number(numbers: Iterable[str], incident: Incident, by: Person) -> dict[str, list[str]]:
    """The addresses of people by their numbers, of those whom `by` may see or who may work on incidents there."""
    named = Person.objects.current().filter(number__in=numbers).exclude(mail="")
    seen, team = visible_to(named, by), grants_giving(AREA, Level.EDIT, incident.unit)
    rows = named.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=team.values("person")))
    return {number: [mail] for number, mail in rows.values_list("number", "mail") if mail}
