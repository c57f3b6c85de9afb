"""The nginx of `deploy/` before a server of the tests, with its shipped settings."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import ROOT, free_port

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx")


def certificate(folder: Path) -> None:
    """A certificate for keepwell.example.com that nobody trusts."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=keepwell.example.com", "-keyout", str(folder / "key.pem"), "-out", str(folder / "fullchain.pem")],
                   check=True, capture_output=True)  # fmt: skip


def told_nginx(folder: Path, http: int, https: int, behind: int) -> Path:
    """The file of `deploy/` with the ports, names and folders of a test, within a whole configuration."""
    text = (DEPLOY / "keepwell.nginx.conf").read_text()
    text = text.replace("/etc/keepwell/tls", str(folder)).replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    text = text.replace("/var/log/nginx", str(folder))
    text = re.sub(r"listen \[::\]:\d+[^;]*;", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{http};").replace(
        "listen 443 ", f"listen 127.0.0.1:{https} "
    )
    whole = folder / "nginx.conf"
    # Its workers write what is sent into a folder of the test, which is for nobody but who runs it.
    user = f"user {getpass.getuser()}; " if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user}pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off;"
        f" client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;"
        f" uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; {text} }}"
    )
    return whole


@contextmanager
def behind_nginx(port: int, folder: Path) -> Iterator[str]:
    """The https address of the server on `port` behind nginx, which writes its logs into `folder`."""
    certificate(folder)
    http, https = free_port(), free_port()
    conf = told_nginx(folder, http, https, port)
    subprocess.run([str(NGINX), "-c", str(conf)], check=True, capture_output=True)
    try:
        yield f"https://localhost:{https}"
    finally:
        subprocess.run([str(NGINX), "-s", "stop", "-c", str(conf)], capture_output=True)
