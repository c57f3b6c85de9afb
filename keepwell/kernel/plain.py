"""What people write for Keepwell to go by, as YAML or JSON: read into plain values that know their line. Nothing in it
is obeyed, and nothing is guessed: as in YAML 1.2 only true and false say whether, NO is a country, 2026-01-05 a text.

The sentences are English with their facts apart, so that whoever shows them can put them into a reader's language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import yaml

TOO_LARGE = "The file is larger than %(most)s KB, more than is read at once."
NO_TEXT = "The file is not UTF-8 text; save it as UTF-8."
NO_YAML = "The file is neither YAML nor JSON: %(why)s."
REFERS = "A place is referred to by & or *; write everything out where it belongs."
TOO_DEEP = "The file is nested more than %(most)s deep."
TWICE_HERE = "“%(name)s” stands here twice; keep one of them."
NOT_PLAIN = "“%(name)s” is no plain value; write text, a number, true or false."
SENTENCES = (TOO_LARGE, NO_TEXT, NO_YAML, REFERS, TOO_DEEP, TWICE_HERE, NOT_PLAIN)
"""Every sentence that says why a file cannot be read."""

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # it makes texts of everything
LISTS, TABLES, TEXTS = (f"tag:yaml.org,2002:{name}" for name in ("seq", "map", "str"))
PLAIN: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (r"~|null|Null|NULL|", lambda _text: None),
    (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    (r"[-+]?(?:0|[1-9][0-9]*)", int),
    (r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?", float),
)
"""What a word without quotation marks is, by its form; else it is text."""
LONGEST_SHOWN, LONGEST_WHY = 60, 120


class Unreadable(ValueError):
    """A file cannot be read: a sentence of SENTENCES with its facts, and the line (from 1) where it is known."""

    def __init__(self, says: str, /, line: int | None = None, **facts: str | int) -> None:
        super().__init__(says % facts)
        self.says, self.line, self.facts = says, line, facts


class Lined(dict[str, Any]):
    """Names with their values, and the line in which they begin; None where the form does not tell."""

    line: int | None = None


def read(content: bytes | str, *, most_bytes: int, deepest: int) -> Any:  # Any: lists, Lined and plain values
    """What `content` holds, of `most_bytes` at most, with lists and tables `deepest` within each other at most.

    Raises Unreadable: too large, no text, neither YAML nor JSON, or with places that refer to others.
    """
    text = _decoded(content, most_bytes)
    if text.lstrip()[:1] in ("{", "["):
        try:
            found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
            return found if _fits(found, deepest) else _refuse_deep(deepest)
        except RecursionError:
            _refuse_deep(deepest)
        except json.JSONDecodeError:
            pass  # it may still be YAML, whose lists and tables can be written so too
        except Unreadable:
            raise
        except ValueError as error:
            raise Unreadable(NO_YAML, why=_why(str(error))) from error
    return _yaml(text, deepest)


def _decoded(content: bytes | str, most_bytes: int) -> str:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    if len(raw) > most_bytes:
        raise Unreadable(TOO_LARGE, most=most_bytes // 1_000)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(NO_TEXT) from error


def _object(pairs: list[tuple[str, Any]]) -> Lined:
    found = Lined()
    for name, value in pairs:
        if name in found:
            raise Unreadable(TWICE_HERE, name=name[:LONGEST_SHOWN])
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise Unreadable(NOT_PLAIN, name=name)


def _fits(value: Any, deepest: int) -> bool:
    """Whether lists and tables of `value` lie at most `deepest` within each other."""
    if not isinstance(value, list | dict):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return deepest > 0 and all(_fits(part, deepest - 1) for part in parts)


def _refuse_deep(deepest: int, line: int | None = None) -> NoReturn:
    raise Unreadable(TOO_DEEP, line, most=deepest)


def _why(says: str) -> str:
    """The reason of a library in one line."""
    return " ".join(says.split()).rstrip(".")[:LONGEST_WHY]


def _yaml(text: str, deepest: int) -> Any:  # Any: as read
    try:
        _look_over(yaml.parse(text, Loader=LOADER), deepest)
        return _built(yaml.compose(text, Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Unreadable(NO_YAML, line, why=_why(str(error.problem or error.context or "?"))) from error
    except yaml.YAMLError as error:
        raise Unreadable(NO_YAML, why=_why(str(error))) from error


def _look_over(events: Iterable[Any], deepest: int) -> None:
    """Refuse references and too deep a nesting before anything is built of them."""
    depth = 0
    for event in events:
        if getattr(event, "anchor", None):  # of an alias too
            raise Unreadable(REFERS, event.start_mark.line + 1)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > deepest:
            _refuse_deep(deepest, event.start_mark.line + 1)


def _built(node: yaml.Node | None) -> Any:  # Any: as read
    if node is None:
        return None
    if isinstance(node, yaml.SequenceNode) and node.tag == LISTS:
        return [_built(one) for one in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == TABLES:
        return _mapping(node)
    return _scalar(node)


def _mapping(node: yaml.MappingNode) -> Lined:
    found = Lined()
    found.line = node.start_mark.line + 1
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            _refuse_value(key, "?")
        if key.value in found:
            raise Unreadable(TWICE_HERE, key.start_mark.line + 1, name=key.value[:LONGEST_SHOWN])
        found[key.value] = _built(value)
    return found


def _scalar(node: yaml.Node) -> Any:  # Any: a plain value
    if not isinstance(node, yaml.ScalarNode) or node.tag != TEXTS:
        _refuse_value(node, node.tag)
    if node.style:  # in quotation marks, or a passage
        return node.value
    for form, made in PLAIN:
        if re.fullmatch(form, node.value):
            try:
                return made(node.value)
            except ValueError:  # more digits than are read
                _refuse_value(node, node.value)
    return node.value


def _refuse_value(node: yaml.Node, name: str) -> NoReturn:
    raise Unreadable(NOT_PLAIN, node.start_mark.line + 1, name=name[:LONGEST_SHOWN])
