"""A container engine of a test's own: what `deploy/Containerfile` says is built and run, by podman, in storage that is
thrown away. Where the registry of its base does not answer, Debian with Python stands for that base."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.running import ROOT

PROGRAMS = ("podman", "debootstrap", "unshare", "tar")
FILE = ROOT / "deploy" / "Containerfile"
BASE = re.compile(r"^FROM (\S+)", re.M)
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
HYBRID = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"'
"""Where a machine has both kinds of control groups the engine takes only one; for its own process, the other goes."""
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PULL_SECONDS, BUILD_SECONDS, PATIENCE_SECONDS = 60, 3_600, 180


def lacks() -> str:
    """Why no container can be run here; "" if one can."""
    if os.geteuid() != 0:
        return "needs root, who may make namespaces and file systems"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"needs {', '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class Engine:
    """Podman, whose images and containers lie in `folder`."""

    folder: Path

    def podman(self, *words: str, seconds: float = PATIENCE_SECONDS) -> subprocess.CompletedProcess[str]:
        """What one command of it came to."""
        places = ("--root", self.folder / "images", "--runroot", self.folder / "run", "--storage-driver", "vfs",
                  "--cgroup-manager", "cgroupfs")  # fmt: skip
        command = ["unshare", "--mount", "sh", "-c", HYBRID, "podman", *map(str, places), *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)

    def done(self, *words: str, seconds: float = PATIENCE_SECONDS) -> str:
        """What it prints of a command that must go well."""
        found = self.podman(*words, seconds=seconds)
        assert found.returncode == 0, found.stdout[-3_000:] + found.stderr[-3_000:]
        return found.stdout.strip()

    def built(self, context: Path, name: str) -> None:
        """Build the image from the wheel and the lock in `context`; pip trusts whom this machine trusts."""
        (base,) = set(BASE.findall(FILE.read_text()))
        self.have(base)
        told = self.folder / "pip.conf"
        told.write_text("[global]\ncert = /etc/ssl/trusted.crt\n")
        self.done(
            "build", "--isolation", "chroot", "--format", "docker", "--pull=never", "-f", str(FILE), "-t", name,
            "-v", f"{TRUSTED}:/etc/ssl/trusted.crt:ro", "-v", f"{told}:/etc/pip.conf:ro", str(context),
            seconds=BUILD_SECONDS,
        )  # fmt: skip

    def have(self, base: str) -> None:
        """Have the base at hand: from its registry, or a stand-in under its name."""
        try:
            if self.podman("pull", "-q", base, seconds=PULL_SECONDS).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            pass
        system, packed = self.folder / "debian", self.folder / "debian.tar"
        for command in (
            ["debootstrap", "--variant=minbase", "--include=python3,python3-venv", "bookworm", str(system)],
            ["ln", "-s", "/usr/bin/python3", str(system / "usr/local/bin/python")],
            ["tar", "-C", str(system), "-cf", str(packed), "."],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=BUILD_SECONDS)
        self.done("import", "-q", "--change", f"ENV PATH={PATH}", str(packed), base)
        packed.unlink()
        shutil.rmtree(system)

    def told_of(self, kind: str, name: str) -> dict[str, Any]:
        """What it says of an image or a container."""
        found: dict[str, Any] = json.loads(self.done(kind, "inspect", name))[0]
        return found


@dataclass(frozen=True)
class Container:
    """One of the image, closed in as an operator would: no network but its own loop, a root that cannot be written."""

    engine: Engine
    image: str
    data: Path
    settings: Path

    @property
    def closed_in(self) -> tuple[str, ...]:
        return ("--network", "none", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges",
                "--cgroups", "disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
                "--env-file", str(self.settings), "-v", f"{self.data}:/var/lib/keepwell", self.image)  # fmt: skip

    def does(self, *words: str) -> str:
        """What one command of Keepwell prints, in a container of its own that is gone afterwards."""
        return self.engine.done("run", "--rm", "--no-healthcheck", *self.closed_in, *words)

    def starts(self, name: str, *words: str) -> None:
        """Let it run under `name`; without words it does what the image does by itself."""
        self.engine.done("run", "-d", "--name", name, *self.closed_in, *words)

    def says(self, name: str, program: str, *more: str) -> str:
        """What a program in Python prints inside."""
        return self.engine.done("exec", *more, name, "python", "-c", program)
