"""A year of maturity reckoned beside the product: what stands in the rows of the database, and what that comes to by the
definitions of the handbook (mean of means, halves up, sites by weight), by arithmetic of the tests alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median

from tests.running import Demo

Place = tuple[str, str]  # site, scope
Said = tuple[Fraction, Fraction]  # policy, practice
Scores = dict[Place, dict[str, Said | None]]
NOTHING, LOW, HIGH, HIGHEST = (Fraction(level) for level in (0, 2, 4, 5))
HEADINGS = "unit,scope,requirement,source,policy,practice,not_applicable,reason"


def shown(value: Fraction, places: int = 1) -> str:
    """A number as it is printed: halves away from zero."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def mean(values: Iterable[Fraction]) -> Fraction:
    """The plain mean."""
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def whole(scores: Mapping[str, Fraction]) -> Fraction:
    """The mean of the functions, each the mean of its categories, each the mean of its requirements."""
    categories: dict[str, list[Fraction]] = defaultdict(list)
    for code, value in scores.items():
        categories[code.partition("-")[0]].append(value)
    functions: dict[str, list[Fraction]] = defaultdict(list)
    for category, values in categories.items():
        functions[category.partition(".")[0]].append(mean(values))
    return mean(mean(values) for values in functions.values())


def made_up(number: int, place: int) -> Said:
    """Policy and practice that the site of that number says of the requirement at that place: 1.5 to 4.0."""
    policy = Fraction(20 + (7 * number + 3 * place) % 21, 10)
    return policy, policy - Fraction((number + place) % 6, 10)


@dataclass(frozen=True)
class Year:
    """The cycle of that name in the database of a demo."""

    demo: Demo
    name: str

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the cycle `c`, whose assessments are `a`, at units `u`."""
        joined = "FROM assessment_cycle c JOIN assessment_assessment a ON a.cycle_id = c.id JOIN tree_unit u ON a.unit_id = u.id"
        return self.demo.rows(
            sql.replace("FROM c", f"{joined}").replace("WHERE", f"WHERE c.name = '{self.name}' AND")
        )

    @property
    def places(self) -> list[Place]:
        """What is assessed."""
        rows = self.rows(
            "SELECT u.code, a.scope FROM c WHERE a.state <> 'withdrawn' ORDER BY u.code, a.scope"
        )
        return [(str(site), str(scope)) for site, scope in rows]

    def state(self, but: str = "") -> list[tuple[object, ...]]:
        """How every assessment stands, those of a site left out."""
        return self.rows(
            "SELECT u.code, a.scope, a.state, a.due_on, a.submitted_at, a.weight, a.version FROM c "
            f"WHERE u.code <> '{but}' ORDER BY u.code, a.scope"
        )

    def owed(self, but: str = "") -> list[tuple[object, ...]]:
        """What is owed because of its assessments, those of a site left out."""
        return self.rows(
            "SELECT u.code, a.scope, d.role, d.what, d.by_day FROM c JOIN todos_debt d ON d.record_id = a.id "
            f"WHERE d.settled_at IS NULL AND d.retired_at IS NULL AND u.code <> '{but}' ORDER BY 1, 2, 3, 4"
        )

    def answers(self, *sources: str) -> Scores:
        """What was said, the later of `sources` before the earlier; None: it does not apply."""
        found: Scores = defaultdict(dict)
        for source in sources:
            for site, scope, code, policy, practice, absent in self.rows(
                "SELECT u.code, a.scope, n.code, s.policy, s.practice, s.not_applicable FROM c "
                "JOIN assessment_answer s ON s.assessment_id = a.id JOIN frameworks_node n ON s.node_id = n.id "
                f"WHERE s.retired_at IS NULL AND s.standing <> 'to_examine' AND s.source = '{source}'"
            ):
                held = None if absent else (Fraction(str(policy)), Fraction(str(practice)))
                found[str(site), str(scope)][str(code)] = held
        return found

    @cached_property
    def weights(self) -> dict[Place, Fraction]:
        """What each assessment weighs."""
        rows = self.rows("SELECT u.code, a.scope, a.weight FROM c WHERE a.state <> 'withdrawn'")
        return {(str(site), str(scope)): Fraction(str(weight)) for site, scope, weight in rows}

    def scores(self) -> dict[Place, dict[str, Fraction]]:
        """One score for each requirement that applies, of what counts: validated, else the site's own."""
        return {
            place: {code: mean(said) for code, said in told.items() if said is not None}
            for place, told in self.answers("self", "validated").items()
        }

    def group(self, scores: Mapping[Place, Mapping[str, Fraction]], scope: str = "") -> Fraction:
        """What the group comes to in a scope, in all together without one: its assessments by their weight."""
        values = {place: whole(said) for place, said in scores.items() if said and scope in ("", place[1])}
        weights = sum(self.weights[place] for place in values)
        return sum((value * self.weights[place] for place, value in values.items()), Fraction(0)) / weights

    def lifted(self) -> dict[Place, dict[str, Fraction]]:
        """The same scores once every action has lifted policy and practice, to the top of the scale at most."""
        uplift = {
            (str(site), str(scope), str(code)): Fraction(str(levels))
            for site, scope, code, levels in self.rows(
                "SELECT u.code, a.scope, n.code, x.uplift FROM c JOIN assessment_recommendation r ON r.assessment_id = a.id "
                "JOIN frameworks_node n ON r.node_id = n.id JOIN improvement_action x ON r.action_id = x.id "
                "WHERE r.state = 'accepted' AND r.retired_at IS NULL AND x.state <> 'dropped'"
            )
        }
        return {
            place: {
                code: mean(min(one + uplift.get((*place, code), Fraction(0)), HIGHEST) for one in said)
                for code, said in told.items() if said is not None
            }
            for place, told in self.answers("self", "validated").items()
        }  # fmt: skip

    def gaps(self, targets: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Site, scope and requirement of every score that lies below the target of its scope."""
        return [
            (*place, code) for place, said in self.scores().items() for code, value in said.items()
            if Decimal(shown(value, 2)) < Decimal(targets[place[1]])
        ]  # fmt: skip

    def actions(self) -> dict[tuple[str, str, str], tuple[object, ...]]:
        """Owner, due day, cost and uplift of the action for each gap, by site, scope and requirement."""
        rows = self.rows(
            "SELECT u.code, a.scope, n.code, x.owner_id, x.due_on, x.cost, x.uplift FROM c "
            "JOIN assessment_recommendation r ON r.assessment_id = a.id JOIN frameworks_node n ON r.node_id = n.id "
            "JOIN improvement_action x ON r.action_id = x.id WHERE r.retired_at IS NULL"
        )
        return {(str(site), str(scope), str(code)): rest for site, scope, code, *rest in rows}

    def median_of_others(self, site: str, code: str) -> tuple[str, str]:
        """The median of policy and of practice that the other sites gave themselves in IT, as printed."""
        others = [
            said for place, told in self.answers("self").items()
            if place[1] == "it" and place[0] != site and (said := told.get(code)) is not None
        ]  # fmt: skip
        policies, practices = zip(*others, strict=True)
        return shown(median(policies)), shown(median(practices))

    def answer_before(self, site: str, code: str) -> tuple[str, str]:
        """Policy and practice in IT in this cycle, as they are typed."""
        ((policy, practice),) = self.rows(
            "SELECT s.policy, s.practice FROM c JOIN assessment_answer s ON s.assessment_id = a.id "
            f"JOIN frameworks_node n ON s.node_id = n.id WHERE u.code = '{site}' AND a.scope = 'it' AND n.code = '{code}' "
            "AND s.source = 'self' AND s.retired_at IS NULL"
        )
        return shown(Fraction(str(policy))), shown(Fraction(str(practice)))


def own_scores(places: Iterable[Place], codes: list[str], *, low: tuple[str, int]) -> Scores:
    """What sites say of themselves: at the requirement of `low` the first so many of them stand at 2.0 in IT, the
    others at 4.0."""
    found: Scores = {
        place: {code: made_up(n, m) for m, code in enumerate(codes)} for n, place in enumerate(places)
    }
    in_it = [place for place in found if place[1] == "it"]
    for number, place in enumerate(in_it):
        found[place][low[0]] = (LOW, LOW) if number < low[1] else (HIGH, HIGH)
    return found


def file_of(scores: Scores, source: str, *, less: Fraction = NOTHING) -> bytes:
    """Scores as the file in which the secretariat brings them in; `source` says so much less of everything that
    applies."""
    lines = (
        f"{site},{scope},{code},{source},{shown(max(said[0] - less, NOTHING))},{shown(max(said[1] - less, NOTHING))},false,"
        for (site, scope), told in scores.items() for code, said in told.items() if said is not None
    )  # fmt: skip
    return "\n".join([HEADINGS, *lines]).encode()
