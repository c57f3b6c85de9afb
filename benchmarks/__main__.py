"""`make bench`: every benchmark on SQLite, and on PostgreSQL where a server answers; 1 if a bar is missed.

A benchmark is a module with `main() -> int`. Bars are ratios within one run, or the seconds of the issue
they come from on two idle cores; a busy machine misses them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import machine

ROOT = Path(__file__).resolve().parents[1]


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    unknown = set(wanted) - set(names)
    if unknown:
        sys.stderr.write(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}.\n"
        )
        return 2
    server = machine.postgresql()
    if server is None:
        print("NOT RUN: the benchmarks on PostgreSQL. No server answers.")
    missed = []
    for name in wanted or names:
        for database, url in {"SQLite": "", **({"PostgreSQL": server} if server else {})}.items():
            print(f"== {name} on {database}", flush=True)
            environment = os.environ | {"DATABASE_URL": url}
            if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, env=environment):
                missed.append(f"{name} on {database}")
    print(f"MISSED: {', '.join(missed)}" if missed else "Every bar is kept.")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
