"""Requirements of a draft that are asked no longer, what takes their place, and how they are taken up again."""

from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.frameworks.models import Mapping, Node
from keepwell.areas.frameworks.rules.acts import is_draft
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history import bulk
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

DIVIDED = re.compile(r"[,;\n]")
"""Codes are divided so, because they may hold blanks."""


class Became(models.TextChoices):
    """How a requirement went over into what took its place."""

    INCORPORATED = "incorporated", _("Incorporated")
    MOVED = "moved", _("Moved")


def may_withdraw(node: Node) -> bool:
    """Whether it is asked by a draft."""
    return not node.withdrawn and node.retired_at is None and is_draft(node.framework_version)


def may_ask_again(node: Node) -> bool:
    """Whether a draft withdrew it."""
    return node.withdrawn and node.retired_at is None and is_draft(node.framework_version)


@act(
    Level.EDIT,
    label=pgettext_lazy("frameworks", "Withdraw"),
    offered=may_withdraw,
    explains=_(
        "This draft asks it, and all below it, no longer. Answers to the former version go over to what takes its "
        "place, if you name anything; “What changed” shows it."
    ),
)
def withdraw(node: Node, *, by: Person, successors: str = "", relation: Became = Became.INCORPORATED) -> None:
    """Let a draft ask a requirement, and all below it, no longer; `successors` are the codes of what takes its
    place, divided by commas."""
    gone = [node, *_below(node)]
    heirs = _heirs(node, successors, {one.pk for one in gone})
    for one in gone:
        one.withdrawn, one.is_scored = True, False
    bulk.update_all(gone)
    for heir in heirs:
        _lead(node, heir, relation)


@act(
    Level.EDIT,
    for_many=True,
    label=_("Ask again"),
    offered=may_ask_again,
    explains=_(
        "The draft asks it as before, below what it lay below; nothing is said to take its place any more."
    ),
)
def ask_again(node: Node, *, by: Person) -> None:
    """Let a draft ask a requirement that it withdrew, and take up what that lies below; it is answered itself
    where nothing lies below it."""
    back = [node, *_above(node)]
    for line in Mapping.objects.successions(node.framework_version).filter(source__in=back):
        line.retire(gettext("It is asked again."))
        line.save()
    for one in back:
        one.withdrawn = False
    node.is_scored = not node.children.current().exists()
    bulk.update_all(back)


def _below(node: Node) -> list[Node]:
    """All that is asked below a requirement: as many queries as there are levels."""
    found: list[Node] = []
    level = [node]
    while level:
        level = list(Node.objects.active().filter(parent__in=[one.pk for one in level]))
        found += level
    return found


def _above(node: Node) -> list[Node]:
    """What is withdrawn above a requirement, the nearest first."""
    found = []
    above = node.parent
    while above is not None and above.withdrawn:
        found.append(above)
        above = above.parent
    return found


def _heirs(node: Node, successors: str, gone: set[object]) -> list[Node]:
    """The requirements called so, which the draft still asks."""
    codes = list(dict.fromkeys(code.strip() for code in DIVIDED.split(successors) if code.strip()))
    asked = node.framework_version.nodes.active().filter(code__in=codes)
    found = {one.code: one for one in asked if one.pk not in gone}
    missing = [code for code in codes if code not in found]
    if missing:
        raise Refused(
            gettext(
                "“%(code)s” cannot take its place: name codes that this draft still asks, divided by commas."
            )
            % {"code": missing[0][:60]}
        )
    return [found[code] for code in codes]


def _lead(node: Node, heir: Node, relation: Became) -> None:
    """Let a withdrawn requirement lead to what took its place; a line that was taken back is taken up."""
    line = Mapping.objects.filter(source=node, target=heir).first() or Mapping(source=node, target=heir)
    line.relation, line.retired_at, line.retired_reason = relation.value, None, ""
    line.save()
