"""Markup of OSCAL: XML elements to Markdown, as its JSON has it, and back."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from lxml import etree

from keepwell.areas.frameworks.rules.oscal.shapes import NAMESPACE
from keepwell.kernel.refusing import Refused

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

AROUND = {"em": "*", "i": "*", "strong": "**", "b": "**", "code": "`"}
INLINE = {*AROUND, "a", "insert", "q", "sub", "sup", "br"}
BLOCKS = {"p", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
LEADING = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))", re.M)
INSERT = re.compile(r"\{\{\s*insert:\s*([\w-]+),\s*([^\s}]+)\s*\}\}")
MOST_DEEP = 20


@cache
def reader() -> MarkdownIt:
    """What reads Markdown; no HTML in it."""
    from markdown_it import MarkdownIt  # some 30 ms, and few processes read a catalogue

    return MarkdownIt("commonmark", {"html": False})


def markdown_of(element: Any) -> str:
    """The line of markup inside `element` as Markdown."""
    return _inline(element, 0).strip()


def markdown_of_blocks(elements: list[Any]) -> str:
    """Paragraphs and lists as Markdown, parted by empty lines."""
    return "\n\n".join(_block(element, "", 0) for element in elements)


def escaped(text: str) -> str:
    """Plain text as Markdown that says just that."""
    return LEADING.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", text))


def plain(markdown: str) -> str:
    """What a reader sees of Markdown, paragraphs parted by line breaks."""
    parts = []
    for token in reader().parse(markdown):
        if token.type == "inline":
            parts.append("".join(_seen(child) for child in token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content.strip())
    return "\n".join(" ".join(part.split()) for part in parts)


def _seen(token: Token) -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _inline(element: Any, depth: int) -> str:
    """Text of `element` and what stands in it."""
    if depth > MOST_DEEP:
        raise Refused(_("Markup of the file lies more than twenty deep."))
    found = escaped(_joined(element.text))
    for child in element:
        found += _mark(child, depth + 1) + escaped(_joined(child.tail))
    return found


def _joined(text: str | None) -> str:
    """`text` with every run of blanks and line breaks as one blank."""
    return re.sub(r"\s+", " ", text or "")


def _mark(element: Any, depth: int) -> str:
    name = _name(element)
    if name == "insert":
        return f"{{{{ insert: {element.get('type', 'param')}, {element.get('id-ref', '')} }}}}"
    if name == "br":
        return "\\\n"
    if name not in INLINE:
        raise Refused(_("The markup <%(name)s> is not read here.") % {"name": name})
    inner = _joined(element.text) if name == "code" else _inline(element, depth)
    if name == "a":
        return f"[{inner}]({element.get('href', '')})"
    if name in ("q", "sub", "sup"):
        marks = {"q": ('"', '"'), "sub": ("~", "~"), "sup": ("^", "^")}[name]
        return f"{marks[0]}{inner}{marks[1]}"
    return f"{AROUND[name]}{inner}{AROUND[name]}"


def _block(element: Any, indent: str, depth: int) -> str:
    name = _name(element)
    if name not in BLOCKS or depth > MOST_DEEP:
        raise Refused(_("The markup <%(name)s> is not read here.") % {"name": name})
    if name == "p":
        return indent + _inline(element, depth).strip()
    if name == "pre":
        return f"```\n{element.text or ''}\n```"
    if name in ("ul", "ol"):
        return "\n".join(_item(item, place, name, indent, depth) for place, item in enumerate(element, 1))
    return f"{'#' * int(name[1])} {_inline(element, depth).strip()}"


def _item(element: Any, place: int, kind: str, indent: str, depth: int) -> str:
    """One item of a list; lists inside it stand below it."""
    mark = "- " if kind == "ul" else f"{place}. "
    inner = [child for child in element if _name(child) in BLOCKS]
    for child in inner:
        element.remove(child)
    below = "".join("\n" + _block(child, indent + " " * len(mark), depth + 1) for child in inner)
    return f"{indent}{mark}{_inline(element, depth).strip()}{below}"


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def put_line(parent: Any, markdown: str) -> None:
    """Write a line of Markdown into `parent`."""
    tokens = [token for token in reader().parse(markdown) if token.type == "inline"]
    for token in tokens:
        _write_inline(parent, token.children or [])


def put_blocks(parent: Any, markdown: str) -> None:
    """Write Markdown into `parent` as paragraphs and lists."""
    stack = [parent]
    for token in reader().parse(markdown):
        if token.type in ("fence", "code_block"):
            etree.SubElement(stack[-1], _tag("pre")).text = token.content.removesuffix("\n")
        elif token.type == "inline":
            _write_inline(stack[-1], token.children or [])
        elif token.nesting == 1 and not token.hidden:
            stack.append(etree.SubElement(stack[-1], _tag(_element(token))))
        elif token.nesting == -1 and not token.hidden:
            stack.pop()


def _element(token: Token) -> str:
    return {"bullet_list_open": "ul", "ordered_list_open": "ol", "list_item_open": "li"}.get(
        token.type, token.tag if token.tag in BLOCKS else "p"
    )


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _write_inline(parent: Any, tokens: list[Token]) -> None:
    stack = [parent]
    for token in tokens:
        if token.type == "text":
            _write_text(stack[-1], token.content)
        elif token.type == "code_inline":
            etree.SubElement(stack[-1], _tag("code")).text = token.content
        elif token.type in ("softbreak", "hardbreak"):
            _append(stack[-1], " ") if token.type == "softbreak" else etree.SubElement(stack[-1], _tag("br"))
        elif token.nesting == 1:
            made = etree.SubElement(stack[-1], _tag(token.tag))
            if token.tag == "a":
                made.set("href", str(token.attrs.get("href", "")))
            stack.append(made)
        elif token.nesting == -1:
            stack.pop()


def _write_text(parent: Any, text: str) -> None:
    """Text, in which what stands for a parameter becomes an element."""
    last = 0
    for found in INSERT.finditer(text):
        _append(parent, text[last : found.start()])
        made = etree.SubElement(parent, _tag("insert"))
        made.set("type", found[1])
        made.set("id-ref", found[2])
        last = found.end()
    _append(parent, text[last:])


def _append(parent: Any, text: str) -> None:
    """Add `text` after what `parent` holds already."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
