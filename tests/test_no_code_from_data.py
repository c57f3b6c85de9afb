"""T17: nothing that was delivered or typed is ever run: the means to do so are not in the tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("keepwell", "bin")
CARRIERS = {"pickle", "cPickle", "dill", "shelve", "marshal", "jsonpickle", "cloudpickle", "code", "codeop"}
"""Modules whose data is code."""
BUILT_IN = {"eval", "exec", "compile", "__import__", "execfile"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn"}
LOADERS = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "numpy.load", "joblib.load"}
TEMPLATES = {"Template", "from_string"}
NO_TEMPLATE = {"RGBColor.from_string"}  # a colour of python-docx and python-pptx
MARKED = {"mark_safe", "SafeString", "SafeText"}
MAY_MARK = {
    "keepwell/platform/pages/handbook.py": "our own Markdown, with HTML switched off",
    "keepwell/platform/pages/markup.py": "markup of our own code, filled with what is escaped right there",
    "keepwell/platform/search/marking.py": "text that was escaped word by word right there",
}
"""Where text may be called safe, and why; each one more needs a reason in its review."""
UNESCAPED = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b")


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product, tests apart."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            place = path.relative_to(ROOT).as_posix()
            is_python = path.suffix == ".py" or (folder == "bin" and path.is_file())
            if is_python and "/tests/" not in place and "__pycache__" not in place:
                yield place, ast.parse(path.read_text(encoding="utf-8"))


def named(node: ast.expr) -> str:
    """A call's name with dots, as far as it has one."""
    if isinstance(node, ast.Attribute):
        return f"{named(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def offences(tree: ast.AST, *, may_mark: bool = False) -> Iterator[str]:
    """What in a module could run data as code, or let text through as markup."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            yield from (f"{node.lineno}: imports {m}" for m in modules if m.partition(".")[0] in CARRIERS)
        elif isinstance(node, ast.Call):
            yield from (f"{node.lineno}: {what}" for what in _calls(node, may_mark=may_mark))


def _calls(node: ast.Call, *, may_mark: bool) -> Iterator[str]:
    name = named(node.func)
    is_template = name.rpartition(".")[2] in TEMPLATES and name not in NO_TEMPLATE
    if name in BUILT_IN | SHELLS | LOADERS or is_template:
        yield f"calls {name}"
    if name.rpartition(".")[2] in MARKED and not may_mark:
        yield f"calls {name}"
    for keyword in node.keywords:
        if keyword.arg == "shell" and not (
            isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        ):
            yield f"gives a shell to {name}"


def is_constant(node: ast.expr) -> bool:
    """Whether it is a text of the code, or the name of one."""
    if isinstance(node, ast.IfExp):
        return is_constant(node.body) and is_constant(node.orelse)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    return isinstance(node, ast.Constant)


class TheTree(TestCase):
    def test_runs_nothing_that_is_data(self) -> None:
        found = {
            place: told
            for place, tree in sources()
            if (told := list(offences(tree, may_mark=place in MAY_MARK)))
        }
        self.assertEqual(found, {})

    def test_has_every_module_looked_at(self) -> None:
        self.assertGreater(sum(1 for _ in sources()), 200)

    def test_marks_text_safe_only_where_it_is_told_why(self) -> None:
        marking = {
            place for place, tree in sources() if any("Safe" in o or "mark_safe" in o for o in offences(tree))
        }
        self.assertEqual(marking, set(MAY_MARK))

    def test_fills_only_markup_that_the_code_itself_says(self) -> None:
        calls = [node for _place, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Call)]
        filled = [node for node in calls if named(node.func).rpartition(".")[2] == "markup"]
        self.assertGreater(len(filled), 5)
        self.assertEqual([ast.unparse(node) for node in filled if not is_constant(node.args[0])], [])

    def test_escapes_in_every_template(self) -> None:
        pages = [
            path for path in (ROOT / "keepwell").rglob("*.html") if UNESCAPED.search(path.read_text("utf-8"))
        ]
        self.assertEqual(pages, [])


class TheWatch(TestCase):
    """What the test above would miss, it must not miss here."""

    def test_knows_each_way_when_it_sees_it(self) -> None:
        for line in (
            "import pickle", "from marshal import loads", "import shelve as s", "eval(x)", "exec(x)", "compile(a, b, c)",
            "__import__(name)", "os.system(x)", "os.popen(x)", "subprocess.run(x, shell=True)",
            "subprocess.Popen(x, shell=flag)", "yaml.load(x)", "yaml.unsafe_load(x)", "Template(text)",
            "engine.from_string(text)", "template.Template(text)", "mark_safe(x)", "safestring.SafeString(x)",
        ):  # fmt: skip
            with self.subTest(line):
                self.assertTrue(list(offences(ast.parse(line))))

    def test_knows_markup_that_is_made_from_data(self) -> None:
        for line, expected in (("markup('<b>%s</b>', x)", True), ("markup(ROW, x)", True), ("markup(A if x else B, y)", True),
                               ("markup(text, x)", False), ("markup(f'<b>{x}</b>')", False), ("markup(A if x else y, z)", False),
                               ("markup('<b>' + x)", False)):  # fmt: skip
            call = ast.parse(line, mode="eval").body
            assert isinstance(call, ast.Call)
            self.assertIs(is_constant(call.args[0]), expected, line)

    def test_lets_the_sound_ones_pass(self) -> None:
        for line in (
            "re.compile(x)",
            "yaml.safe_load(x)",
            "subprocess.run([x])",
            "json.loads(x)",
            "run(x, shell=False)",
        ):
            with self.subTest(line):
                self.assertEqual(list(offences(ast.parse(line))), [])
