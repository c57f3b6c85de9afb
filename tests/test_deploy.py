"""What `deploy/` holds is taken by the programs it is for; nginx hands on what Keepwell relies on."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.proxied import NGINX, certificate, told_nginx
from tests.running import ROOT, free_port

DEPLOY = ROOT / "deploy"
ANALYZE = shutil.which("systemd-analyze")
PATIENCE_SECONDS = 60
SETTING = re.compile(r"^([A-Z_]+?)(?:_FILE)?=", re.M)


class Echo(BaseHTTPRequestHandler):
    """Stands for Keepwell: answers with the headers that reached it."""

    def do_GET(self) -> None:  # noqa: N802  # named by the protocol
        body = "".join(f"{name}: {value}\n" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:  # noqa: N802  # named by the protocol
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
class TestNginx:
    def test_takes_the_file_and_hands_on_what_is_relied_on(self, tmp_path: Path) -> None:
        certificate(tmp_path)
        http, https = free_port(), free_port()
        echo = HTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        conf = told_nginx(tmp_path, http, https, echo.server_address[1])
        checked = subprocess.run([str(NGINX), "-t", "-c", str(conf)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        subprocess.run([str(NGINX), "-c", str(conf)], check=True, capture_output=True)
        try:
            self.look(tmp_path, http, https)
        finally:
            subprocess.run([str(NGINX), "-s", "stop", "-c", str(conf)], capture_output=True)
            echo.shutdown()

    def look(self, folder: Path, http: int, https: int) -> None:
        """TLS only; headers of clients replaced; size limited."""
        trusting = ssl.create_default_context(cafile=folder / "fullchain.pem")
        trusting.check_hostname = False
        lies = {"Host": "keepwell.example.com", "X-Forwarded-Proto": "http", "X-Forwarded-For": "6.6.6.6",
                "Forwarded": "for=6.6.6.6"}  # fmt: skip
        with urlopen(
            Request(f"https://127.0.0.1:{https}/", headers=lies), context=trusting, timeout=5
        ) as answer:
            told = answer.read().decode()
            assert "nginx/" not in (answer.headers["Server"] or "")
        assert "X-Forwarded-Proto: https" in told
        assert "X-Forwarded-For: 127.0.0.1" in told
        assert "6.6.6.6" not in told
        assert "Host: keepwell.example.com" in told
        large = Request(
            f"https://127.0.0.1:{https}/", data=b"x", headers={"Content-Length": str(200 * 2**20)}
        )
        with pytest.raises(HTTPError) as refused:
            urlopen(large, context=trusting, timeout=5)
        assert refused.value.code == 413
        plain = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-H",
                                "Host: keepwell.example.com", f"http://127.0.0.1:{http}/people/"],
                               capture_output=True, text=True, timeout=10).stdout  # fmt: skip
        assert plain == "301 https://keepwell.example.com/people/"
        program = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{http}/api/people"],
                                 capture_output=True, text=True, timeout=10).stdout  # fmt: skip
        assert program == "403"
        for suite, is_taken in (
            ("ECDHE-RSA-AES128-GCM-SHA256", True),
            ("AES128-GCM-SHA256", False),
            ("ECDHE-RSA-AES128-SHA", False),
        ):
            tried = subprocess.run(["openssl", "s_client", "-tls1_2", "-cipher", suite, "-connect", f"127.0.0.1:{https}"],
                                   input="", capture_output=True, text=True, timeout=10)  # fmt: skip
            assert (tried.returncode == 0) is is_taken, suite
        old = subprocess.run(["openssl", "s_client", "-tls1_1", "-connect", f"127.0.0.1:{https}"], input="",
                             capture_output=True, text=True, timeout=10)  # fmt: skip
        assert old.returncode != 0


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
class TestUnits:
    def test_are_taken_by_systemd(self, tmp_path: Path) -> None:
        program = tmp_path / "keepwell"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        for unit in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]:
            text = unit.read_text().replace("/srv/keepwell/bin/keepwell", str(program))
            text = re.sub(r"^Documentation=.*$", "", text, flags=re.M)
            (tmp_path / unit.name).write_text(text)
        units = sorted(str(path) for path in tmp_path.glob("keepwell-*.*"))
        done = subprocess.run([str(ANALYZE), "verify", "--man=no", *units], capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS, env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"})  # fmt: skip
        complaints = [
            line for line in done.stderr.splitlines() if "keepwell" in line and "not found" not in line
        ]
        assert (done.returncode, complaints) == (0, [])

    def test_name_only_settings_that_there_are(self) -> None:
        told = (ROOT / "docs/operations/settings.md").read_text()
        named = set(SETTING.findall((DEPLOY / "keepwell.env").read_text()))
        assert {name for name in named if f"`{name}`" not in told} == set()


class TestContainer:
    def test_runs_as_nobody_with_pinned_parts_and_no_secret(self) -> None:
        lines = (DEPLOY / "Containerfile").read_text().splitlines()
        words = [line.split(" ")[0] for line in lines if line and line[0] not in "# "]
        known = {"FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
                 "ENTRYPOINT", "CMD"}  # fmt: skip
        text = "\n".join(lines)
        assert set(words) <= known
        assert words.index("USER") < words.index("ENTRYPOINT")
        assert "--no-deps --require-hashes" in text
        assert not re.search(r"(PASSWORD|SECRET|TOKEN|KEY)=", text)
        assert "ADD " not in text
