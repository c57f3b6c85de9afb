"""The next version of a framework, drafted from the present one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from keepwell.areas.frameworks.models import Guidance, Mapping, Node, Version
from keepwell.areas.frameworks.rules.acts import is_draft
from keepwell.areas.frameworks.rules.outline import Entry, Heading, Outline
from keepwell.areas.frameworks.rules.taking_in import take_in
from keepwell.platform.acts.act import act
from keepwell.platform.history import bulk
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level


@act(
    Level.EDIT,
    label=_("Draft the next version"),
    offered=lambda version: version.retired_at is None and not is_draft(version),
    explains=_(
        "A draft with the same requirements and guidance is made, each leading to its own. In it you add, move, word "
        "anew and withdraw; “What changed” shows what becomes of answers before it is taken into use."
    ),
)
def draft_next(version: Version, *, by: Person, code: str, label: str) -> Version:
    """A draft of the version that follows, called `code` (own-2) and `label` (2), with all that this one asks."""
    nodes = list(version.nodes.active().in_order())
    heading = Heading(
        framework=version.framework.code, name=version.framework.name, code=code.strip(), label=label.strip(),
        version_licence=version.licence, version_source=version.source, level_names=tuple(version.level_names),
    )  # fmt: skip
    made = take_in(Outline(heading, tuple(_entries(nodes))), version.framework.unit)
    copies = {node.code: node for node in made.nodes.all()}
    pairs = {node.pk: copies[node.code] for node in nodes}
    for node in nodes:  # one row for all, so that none asks where it lies
        node.framework_version, pairs[node.pk].framework_version = version, made
    same = Mapping.Relation.SAME
    bulk.create_all([Mapping(source=node, target=pairs[node.pk], relation=same) for node in nodes])
    bulk.create_all([_copied(one, pairs[one.node_id]) for one in _guidance(version) if one.node_id in pairs])
    return made


def _entries(nodes: list[Node]) -> Iterator[Entry]:
    """The requirements as an outline tells them, each after the one it hangs below."""
    below: dict[UUID | None, list[Node]] = defaultdict(list)
    for node in nodes:
        below[node.parent_id].append(node)
    codes = {node.pk: node.code for node in nodes}
    ahead = list(reversed(below[None]))
    while ahead:
        node = ahead.pop()
        ahead += reversed(below.get(node.pk, []))
        yield Entry(
            code=node.code, parent=codes[node.parent_id] if node.parent_id else "", title=node.title,
            title_zh=node.title_zh, statement=node.statement, statement_zh=node.statement_zh,
            is_scored=node.is_scored, party=node.party, examples=tuple(node.examples),
            references=tuple(node.references), oscal=node.oscal,
        )  # fmt: skip


def _guidance(version: Version) -> Iterator[Guidance]:
    rows = Guidance.objects.current().filter(node__framework_version=version)
    return rows.select_related("scale").order_by("node__position", "scale", "level").iterator()


def _copied(one: Guidance, node: Node) -> Guidance:
    return Guidance(node=node, scale=one.scale, level=one.level, text=one.text, text_zh=one.text_zh)
