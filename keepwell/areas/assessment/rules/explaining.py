"""The sentence behind a number: what it is made of, with its arithmetic, what pulls it down, what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language, gettext, ngettext

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source, View
from keepwell.areas.assessment.rules.comparing import HeatMap, heat_map
from keepwell.areas.assessment.rules.outlines import WHOLE, Outline, outline
from keepwell.areas.assessment.rules.results import Reckoning, answers_of
from keepwell.kernel.rollup.explaining import Explanation, Part, Why, explain
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rollup.tree import Method, Node
from keepwell.kernel.rounding import half_up
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

Naming = Callable[[str], str]


@dataclass(frozen=True)
class Told:
    """A number explained: `sentence` with the arithmetic, `weakest` what pulls it down, `left_out` what does not
    count ("" where nothing is to be said); `parts` name each part with its printed value, for the next step down."""

    value: Fraction | None
    sentence: str
    weakest: str
    left_out: str
    parts: tuple[tuple[str, str, Decimal], ...]  # code, name, value as printed
    explanation: Explanation | None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.sentence, self.weakest, self.left_out)))


def why(
    cycle: Cycle, unit: Unit, scope: str, code: str = WHOLE, *, person: Person, view: View = View.COUNTING
) -> Told | None:
    """Why a cell of the map is what it is, as far as `person` may see it; None if there is no such cell.

    Above the sites, and where a site has IT and OT together, from units; at one assessment from requirements.
    """
    depth = outline(cycle.framework_version).depth_of(code)
    shown = heat_map(cycle, person=person, view=view, depth=depth)
    return why_of(shown, unit, scope, code)


def why_of(shown: HeatMap, unit: Unit, scope: str, code: str = WHOLE) -> Told | None:
    """The same of a map that is there already; a single assessment costs one query more."""
    row = shown.row(unit)
    if row is None:
        return None
    own = row.assessments.get(scope)
    if own is not None and not any(one.parent == unit.pk for one in shown.rows):
        return why_here(own, code, view=shown.view, lines=shown.outline)
    found = shown.explain(unit, scope, code)
    names = {one.unit.code: one.unit.name_here for one in shown.rows}
    return None if found is None else tell(found, lambda key: names.get(key, key))


def why_here(
    assessment: Assessment, code: str, *, view: View = View.COUNTING, lines: Outline | None = None
) -> Told | None:
    """Why one assessment came to what it came to at a requirement, down to what was answered."""
    reckoning = Reckoning(assessment.cycle, on=lines)
    line = reckoning.outline.by_code.get(code)
    if code != WHOLE and line is None:
        return None
    if line is not None and line.is_leaf:
        return _answered(assessment, code, view, reckoning)
    rows = answers_of([assessment.pk]).get(assessment.pk, [])
    scores = reckoning.views(reckoning.scores(assessment, rows)).get(view, {})
    rolled = roll_up(reckoning.outline.tree, scores)
    node = found_in(reckoning.outline.tree, code)
    return tell(explain(node, rolled, reckoning.method), naming(reckoning.outline))


def tell(found: Explanation, name: Naming) -> Told:
    """An explanation in words, in the present language; `name` tells what a key is called."""
    parts = tuple((part.key, name(part.key), _printed(part.value, found.method)) for part in found.parts)
    return Told(
        found.value, _sentence(found, parts), _weakest(found, name), _left_out(found, name), parts, found
    )


def _sentence(found: Explanation, parts: tuple[tuple[str, str, Decimal], ...]) -> str:
    if found.value is None or not parts:
        return gettext("There is no score: not enough is answered.")
    sign = "%" if found.method is Method.SHARE_AT_TARGET else ""
    told = {
        "value": f"{_printed(found.value, found.method)}{sign}",
        "parts": ", ".join(f"{name} {value}{sign}" for _key, name, value in parts),
        "arithmetic": _arithmetic(found),
        "count": len(parts),
    }
    if len(parts) == 1:
        return gettext("%(value)s is that of the only one that counts: %(parts)s.") % told
    return _of_method(found) % told


def _of_method(found: Explanation) -> str:
    """The sentence of a method with its placeholders."""
    if found.method is Method.MINIMUM:
        return gettext("%(value)s is the lowest of %(count)d: %(parts)s.")
    if found.method is Method.SHARE_AT_TARGET:
        return gettext("%(value)s of the answers of %(count)d reach their target: %(parts)s; %(arithmetic)s.")
    if found.method is Method.CUTBACK:
        return gettext(
            "%(value)s is the mean of %(count)d, no score above its target: %(parts)s; %(value)s = %(arithmetic)s."
        )
    if found.is_weighted:
        return gettext("%(value)s is the mean of %(count)d by weight: %(parts)s; %(value)s = %(arithmetic)s.")
    return gettext("%(value)s is the mean of %(count)d: %(parts)s; %(value)s = %(arithmetic)s.")


def _arithmetic(found: Explanation) -> str:
    if found.method is not Method.SHARE_AT_TARGET:
        return found.arithmetic()
    parts = tuple(Part(part.key, part.value * 100, part.weight) for part in found.parts)
    value = None if found.value is None else found.value * 100
    return Explanation(found.key, found.method, value, parts).arithmetic(0, "%")


def _printed(value: Fraction, method: Method) -> Decimal:
    return half_up(value * 100) if method is Method.SHARE_AT_TARGET else half_up(value, 1)


def _weakest(found: Explanation, name: Naming) -> str:
    low = found.lowest
    if (
        low is None
        or found.value is None
        or len(found.parts) < 2
        or low.value == max(p.value for p in found.parts)
    ):
        return ""
    return gettext("%(name)s, %(value)s, pulls it down most.") % {
        "name": name(low.key), "value": _printed(low.value, found.method)}  # fmt: skip


def _left_out(found: Explanation, name: Naming) -> str:
    said = []
    for cause in Why:
        keys = [name(one.key) for one in found.left_out if one.why is cause]
        if keys:
            said.append(_reason(cause, len(keys)) % {"names": ", ".join(keys)})
    return " ".join(said)


def _reason(cause: Why, count: int) -> str:
    return {
        Why.NOT_APPLICABLE: ngettext("%(names)s does not apply.", "%(names)s do not apply.", count),
        Why.MISSING: ngettext("%(names)s is not answered yet.", "%(names)s are not answered yet.", count),
        Why.COVERAGE: ngettext(
            "%(names)s has too few answers to count.", "%(names)s have too few answers to count.", count
        ),
        Why.NO_TARGET: ngettext("%(names)s has no target.", "%(names)s have no target.", count),
        Why.WEIGHT: ngettext("%(names)s has no weight.", "%(names)s have no weight.", count),
    }[cause]


def _answered(assessment: Assessment, code: str, view: View, reckoning: Reckoning) -> Told:
    """How one answer came to one score."""
    order = reckoning.cycle.sources if view is View.COUNTING else (Source(view.value),)
    rows = Answer.objects.filter(
        assessment=assessment, node=reckoning.outline.by_code[code].pk, source__in=order
    ).given()  # fmt: skip
    by_source = {row.source: row for row in rows.select_related("answered_by")}
    answer = next((by_source[source] for source in order if source in by_source), None)
    if answer is None:
        return Told(None, gettext("%(code)s is not answered yet.") % {"code": code}, "", "", (), None)
    if answer.practice is None:
        words = gettext("%(code)s does not apply: %(reason)s") % {"code": code, "reason": answer.reason}
        return Told(None, words, "", "", (), None)
    score = reckoning.scoring.score(answer.policy, answer.practice)
    return Told(score, _said(answer, code, score), "", "", (), None)


def _said(answer: Answer, code: str, score: Fraction) -> str:
    told: Mapping[str, object] = {
        "code": code, "value": half_up(score, 1), "policy": _plain(answer.policy), "practice": _plain(answer.practice),
        "source": answer.get_source_display(), "by": answer.answered_by or "",
    }  # fmt: skip
    if answer.policy is None:
        return gettext("%(code)s is %(value)s: %(source)s, %(by)s.") % told
    return (
        gettext("%(code)s is %(value)s: policy %(policy)s, practice %(practice)s. %(source)s, %(by)s.") % told
    )


def _plain(value: Decimal | None) -> str:
    return "" if value is None else str(half_up(value, 1))


def naming(lines: Outline) -> Naming:
    """A requirement by its code and title."""

    def name(code: str) -> str:
        line = lines.by_code[code]
        title = (line.title_zh if get_language() == "zh-hant" else "") or line.title
        return f"{code} {title}".strip() if not line.is_leaf else code

    return name


def found_in(tree: Node, code: str) -> Node:
    return next(node for node in tree.walk() if node.key == code)
