"""Taking an outline in: a whole version is written at once, or nothing of it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.areas.frameworks.models import Framework, Mapping, Node, Version
from keepwell.areas.frameworks.rules.outline import Entry, Heading, Outline
from keepwell.kernel.refusing import Refused
from keepwell.platform.history import bulk
from keepwell.platform.history.models import Tracked
from keepwell.platform.tree.models import Unit


def take_in(outline: Outline, unit: Unit, state: str = Version.State.DRAFT) -> Version:
    """Write a new version with all its requirements, for `unit` if its framework is new; inside `acting`.

    Raises Refused with the first thing that does not fit.
    """
    heading = outline.heading
    if Version.objects.filter(code=heading.code).exists():
        raise Refused(_("There is a framework version “%(code)s” already.") % {"code": heading.code})
    with transaction.atomic():
        framework = _framework(heading, unit)
        if framework.versions.filter(label=heading.label).exists():
            raise Refused(_("This framework has a version of that name already."))
        version = _version(heading, framework, state)
        version.save()
        nodes = _write_nodes(outline, version)
        _write_successors(outline, nodes)
    return version


def checked(record: Tracked, line: int = 0) -> Tracked:
    """`record`, whose values fit by themselves; raises Refused with the first that does not, and its line."""
    try:
        record.clean_fields(exclude={f.name for f in record._meta.concrete_fields if f.is_relation})
        record.clean()
    except ValidationError as error:
        name, (sentence, *_rest) = next(iter(error.message_dict.items()))
        where = _("line %(line)d, %(name)s: ") % {"line": line, "name": name} if line else f"{record}: "
        raise Refused(f"{where}{sentence}") from error
    return record


def _framework(heading: Heading, unit: Unit) -> Framework:
    found = Framework.objects.current().filter(code=heading.framework).first()
    if found is None:
        found = Framework(
            code=heading.framework, name=heading.name, name_zh=heading.name_zh, publisher=heading.publisher,
            licence=heading.licence, source=heading.source, unit=unit,
        )  # fmt: skip
        checked(found)
        found.save()
    return found


def _version(heading: Heading, framework: Framework, state: str) -> Version:
    version = Version(
        framework=framework, code=heading.code, label=heading.label, released_on=heading.released_on,
        level_names=list(heading.level_names), state=state, licence=heading.version_licence,
        source=heading.version_source, note=heading.note, oscal=dict(heading.oscal),
    )  # fmt: skip
    checked(version)
    return version


def _write_nodes(outline: Outline, version: Version) -> dict[str, Node]:
    """Depth by depth, so that each knows the id of what it hangs below."""
    nodes: dict[str, Node] = {}
    for entries in outline.by_depth():
        rows = [_node(entry, position, version, nodes.get(entry.parent)) for position, entry in entries]
        bulk.create_all(rows)
        nodes |= {node.code: node for node in rows}
    return nodes


def _node(entry: Entry, position: int, version: Version, parent: Node | None) -> Node:
    node = Node(
        framework_version=version, parent=parent, code=entry.code, title=entry.title, title_zh=entry.title_zh,
        statement=entry.statement, statement_zh=entry.statement_zh, position=position, is_scored=entry.is_scored,
        withdrawn=entry.withdrawn, party=entry.party, examples=list(entry.examples),
        references=list(entry.references), oscal=dict(entry.oscal),
    )  # fmt: skip
    checked(node, entry.line)
    return node


def _write_successors(outline: Outline, nodes: dict[str, Node]) -> None:
    rows = []
    for entry in outline.entries:
        for successor in entry.successors:
            row = Mapping(source=nodes[entry.code], target=nodes[successor.code], relation=successor.relation)
            checked(row, entry.line)
            rows.append(row)
    bulk.create_all(rows)
