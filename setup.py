"""The build: the version from the change log; assets and translations inside every wheel."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


def version() -> str:
    """The newest released number in CHANGELOG.md; 0.1.0 before the first release."""
    found = re.search(r"^## (\d+\.\d+\.\d+)", (HERE / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    return found[1] if found else "0.1.0"


class WholeBuild(build_py):
    """Fetches assets and compiles translations before the files of a wheel are gathered."""

    def run(self) -> None:
        """Prepare and build; an editable installation is prepared by `bin/setup` instead."""
        if not self.editable_mode:
            for tool in (["assets"], ["messages", "compile"]):
                subprocess.run([sys.executable, str(HERE / "bin" / tool[0]), *tool[1:]], check=True)
            self.__dict__.pop("data_files", None)
        super().run()


setup(version=version(), cmdclass={"build_py": WholeBuild})
