"""What the incident is, what it touched, and how it was classified."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.models import Classification
from keepwell.areas.incidents.models.reasons import Reasons, Why, reasons
from keepwell.areas.incidents.models.schemes import level_name
from keepwell.areas.incidents.rules import attack, costs, customers
from keepwell.areas.incidents.rules.aware import each_awareness
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined, paragraphs
from keepwell.areas.organization.models import CriticalSystem
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Table, Text
from keepwell.platform.tree.models import Unit


def cover(dossier: Dossier) -> Iterator[Block]:
    """What it is, to whom it may go on, where it was, and its moments."""
    one = dossier.incident
    cost = joined(f"{currency} {amount:,.2f}" for currency, amount in costs.sums(one, dossier.person))
    facts = [
        (_("Number of the incident"), one.number), (_("TLP"), str(one.get_tlp_display())), (_("Unit"), one.unit.name_here),
        (_("Type"), one.type_here), (_("Level"), one.severity.word),
        (_("Taiwan’s level"), str(one.national_level or "")), (_("State"), one.standing.word),
        (_("Lead"), str(one.lead or "")), (_("Happened"), dossier.at(one.happened_at)),
        (_("Detected"), dossier.at(one.detected_at)), (_("Site aware"), dossier.at(one.awareness)),
        (_("Reported"), dossier.at(one.reported_at)), (_("Acknowledged"), dossier.at(one.acknowledged_at)),
        (_("Contained"), dossier.at(one.contained_at)), (_("Recovered"), dossier.at(one.recovered_at)),
        (pgettext("incidents", "Closed"), dossier.at(one.closed_at)), (_("Material"), _materiality(dossier)),
        (_("Attack, in the words of VERIS"), attack.in_words(one.attack)), (_("Cost so far"), cost),
    ]  # fmt: skip
    columns = (Column(pgettext("column", "What is told")), Column(pgettext("column", "Fact"), weight=3))
    yield Table(pgettext("incidents", "Facts"), columns, tuple((name, told) for name, told in facts if told))
    if one.summary:
        yield Text(paragraphs(one.summary), heading=_("What is known"), level=2)


def _materiality(dossier: Dossier) -> str:
    one = dossier.incident
    if one.is_material is None:
        return ""
    words = {"answer": _("material") if one.is_material else _("not material"), "who": one.material_by,
             "at": dossier.at(one.material_at), "basis": one.material_basis}  # fmt: skip
    return _("%(answer)s, decided by %(who)s, %(at)s, on: %(basis)s") % words


def touched(dossier: Dossier) -> Iterator[Block]:
    """Which units, systems, lines, suppliers and customers it touched."""
    one = dossier.incident
    columns = (Column(_("What")), Column(_("Which"), weight=3), Column(pgettext("column", "Fact"), weight=4))
    units = list(one.affected_units.order_by("code"))
    rows = [_unit(unit) for unit in (one.unit, *(unit for unit in units if unit != one.unit))]
    systems = one.systems.visible_to(dossier.person).select_related("unit", "owner").order_by("code")
    rows += [_system(system) for system in systems]
    rows += [
        (name, told, "")
        for name, told in (
            (_("Lines"), one.lines),
            (_("Suppliers"), one.suppliers),
            (_("Customers"), one.customers),
        )
        if told
    ]
    rows += [(_("Customer"), name, _("named: its notice clauses bind")) for name in customers.named(one)]
    yield Table(_("What it touched"), columns, tuple(rows))
    yield from _awareness(dossier)


def _awareness(dossier: Dossier) -> Iterator[Block]:
    """Since when each unit was aware, and by whose word: each legal entity is aware for itself, and its clocks run from
    that."""
    columns = (
        Column(_("Unit"), weight=3),
        Column(_("Aware since"), weight=3),
        Column(_("By whose word"), weight=4),
    )
    known = each_awareness(dossier.incident, (clock.unit for clock in dossier.clocks))
    rows = [
        (
            f"{one.unit.code} {one.unit.name_here}",
            joined((printed.moment(one.at, one.unit.time_zone), one.unit.time_zone)),
            one.whence,
        )
        for one in known
    ]
    yield Table(_("Since when each unit was aware"), columns, tuple(rows))


def _unit(unit: Unit) -> tuple[str, str, str]:
    return (
        str(unit.get_kind_display()),
        f"{unit.code} {unit.name_here}",
        joined((unit.country, unit.time_zone)),
    )


def _system(system: CriticalSystem) -> tuple[str, str, str]:
    """A system with what of it says how much hangs on it."""
    hours = (
        (_("tolerable outage %(n)s h"), system.tolerable_hours), (_("RTO %(n)s h"), system.rto_hours),
        (_("RPO %(n)s h"), system.rpo_hours),
    )  # fmt: skip
    facts = (
        system.unit.code, str(system.get_technology_display()), _("core system") if system.is_core else "",
        _("criticality %(n)s") % {"n": system.criticality},
        *(told % {"n": f"{n.normalize():f}"} for told, n in hours if n is not None),
        system.owner or "",
    )  # fmt: skip
    return _("System"), f"{system.code} {system.name_here}", joined(facts)


def classification(dossier: Dossier) -> Iterator[Block]:
    """Every classification with what each heading gave, the latest last."""
    rows = (
        Classification.objects.filter(incident=dossier.incident).select_related("person").order_by("revision")
    )
    yield Text(heading=_("How it was classified"))
    found = list(rows)
    if not found:
        yield Text((_("Not classified yet."),))
    for one in found:
        yield from _classified(one, dossier)


def _classified(one: Classification, dossier: Dossier) -> Iterator[Block]:
    edition = one.edition
    words = {"n": one.revision, "level": level_name(one.level, edition.rules), "at": dossier.at(one.at),
             "who": one.person}  # fmt: skip
    title = _("%(n)s. %(level)s, %(at)s, %(who)s") % words
    said = []
    if one.is_override:
        told = {"level": level_name(one.reckoned, edition.rules), "reason": one.reason}
        said.append(_("The facts give %(level)s; decided otherwise: %(reason)s") % told)
    if edition.number:
        said.append(_("By edition %(number)s of the group’s scheme.") % {"number": edition.number})
    elif not dossier.incident.is_history:
        said.append(_("By the scheme that comes with Keepwell: %(text)s.") % {"text": one.by_which})
    why: Reasons = reasons(one.factors, _seen(one, dossier), by=edition.rules)
    if why.open:
        said.append(_("Nothing is known yet of: %(open)s.") % {"open": why.open})
    yield Text(tuple(said), heading=title, level=2)
    columns = (
        Column(_("Heading")),
        Column(_("Why"), weight=3),
        Column(_("Gives"), "state"),
        Column(_("Decides"), "state"),
    )
    national = [(_("Taiwan: %(title)s") % {"title": why_.title}, why_) for why_ in why.national]
    rows = [_reason(title, heading) for title, heading in ([(w.title, w) for w in why.group] + national)]
    yield Table(_("Reasons of revision %(n)s") % {"n": one.revision}, columns, tuple(rows), empty=_("None."))


def _seen(one: Classification, dossier: Dossier) -> dict[str, list[str]]:
    """The systems that said so, as far as who takes the dossier may see them."""
    named = {code for codes in one.grounds.values() for code in codes}
    if not named:
        return {}
    rows = CriticalSystem.objects.visible_to(dossier.person).filter(code__in=named)
    seen = set(rows.values_list("code", flat=True))
    return {name: kept for name, codes in one.grounds.items() if (kept := [c for c in codes if c in seen])}


def _reason(title: str, why: Why) -> tuple[str, str, str, str]:
    return title, why.sentence, str(why.level), _("yes") if why.decides else ""
