"""A real IMAP server with an empty mailbox, in a folder of its own on a port of this machine."""

from __future__ import annotations

import getpass
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import free_port

USER, PASSWORD = "reports@kw.example", "a-pass/word@of:tests"
PATIENCE_SECONDS = 20


def dovecot() -> str | None:
    """The server's program; None if this machine has none."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")


@dataclass(frozen=True)
class Mailbox:
    """Where the server listens: with TLS from the first byte, and without; `certificate` is what to trust it by."""

    tls_port: int
    port: int
    certificate: Path
    server: subprocess.Popen[bytes]

    def url(self, *, tls: str = "on", folder: str = "INBOX") -> str:
        """The setting that names it."""
        port = self.tls_port if tls == "on" else self.port
        return f"imap://reports%40kw.example:a-pass%2Fword%40of%3Atests@localhost:{port}/{folder}?tls={tls}"

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        """The mailbox, as a mail program opens it."""
        with imaplib.IMAP4("127.0.0.1", self.port) as box:
            box.login(USER, PASSWORD)
            box.select("INBOX")
            yield box

    def lay(self, *mails: bytes) -> None:
        """Put mails into the mailbox, as the delivering server does."""
        with self.opened() as box:
            for mail in mails:
                box.append("INBOX", None, None, mail)

    def flags(self) -> list[str]:
        """The flags of every mail, in order."""
        with self.opened() as box:
            rows = box.uid("FETCH", "1:*", "(FLAGS)")[1]
            return [row.decode().split("FLAGS (")[1].split(")")[0] for row in rows if isinstance(row, bytes)]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """The server, ready to be asked; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="imap-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certified(folder)
        tls_port, port = free_port(), free_port()
        (folder / "dovecot.conf").write_text(configuration(folder, tls_port, port))
        program = dovecot()
        assert program, "dovecot-imapd is not installed"
        server = subprocess.Popen(
            [program, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL
        )
        try:
            found = Mailbox(tls_port, port, folder / "fullchain.pem", server)
            answering(found, folder)
            yield found
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def certified(folder: Path) -> None:
    """A certificate for localhost."""
    told = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"),
            "-out", str(folder / "fullchain.pem"))  # fmt: skip
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *told], check=True,
                   capture_output=True)  # fmt: skip


CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
{own}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
ssl = yes
ssl_cert = <{folder}/fullchain.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


def configuration(folder: Path, tls_port: int, port: int) -> str:
    """A whole configuration: everything in `folder`, one user, mails as files."""
    me = getpass.getuser() if os.geteuid() else ""
    uid, gid = (os.geteuid(), os.getegid()) if me else pwd.getpwnam("mail")[2:4]
    (folder / "mail").mkdir()
    if not me:
        os.chown(folder / "mail", uid, gid)
    own = "".join(
        f"default_{one} = {me}\n" for one in ("internal_user", "login_user", "internal_group") if me
    )
    return CONFIGURATION.format(folder=folder, tls_port=tls_port, port=port, own=own, uid=uid, gid=gid,
                                password=PASSWORD, chroot="chroot =" if me else "")  # fmt: skip


def answering(found: Mailbox, folder: Path) -> None:
    """Wait until the server answers; raises what its log says if it does not."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        try:
            with found.opened():
                return
        except (OSError, imaplib.IMAP4.error, ssl.SSLError):
            time.sleep(0.2)
    log = folder / "log"
    raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")
