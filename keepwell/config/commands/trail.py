"""`keepwell trail`: seals, exports, proves and checks the trail."""

from __future__ import annotations

import argparse
import base64
import gzip
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from keepwell.config import env
from keepwell.config.commands.words import Words, doer
from keepwell.config.progress import Progress

if TYPE_CHECKING:
    from keepwell.kernel.notes import Verifier
    from keepwell.platform.history.checking import Verdict

NARROWINGS = {
    "person": "employee number, or the id that rows carry", "record": "id of a record", "act": "as person.amend",
    "kind": "change, refusal, read or event", "since": "first day, as 2025-11-14", "until": "last day",
    "unit": "code of a unit: it and all below",
}  # fmt: skip
VERIFIER = Path(__file__).resolve().parents[2] / "library" / "verify_trail.py"


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The words of `keepwell trail`."""
    sealed = all_words.add_parser(
        "trail", help="the sealed trail: seal, verify, export, sample, prove, key, checkpoint, restored"
    )
    acts = sealed.add_subparsers(dest="act", metavar="ACT", required=True)
    acts.add_parser("seal", help="number the rows that wait, and sign a checkpoint")
    verify = acts.add_parser("verify", help="check the trail of this installation, or an export or proof")
    verify.add_argument("file", metavar="FILE", type=Path, nargs="?")
    verify.add_argument("--key", action="append", help="a public key that may have signed (our own)")
    verify.add_argument(
        "--seen", action="append", default=[], type=Path, metavar="FILE",
        help="a checkpoint that left the machine, which the trail must contain",
    )  # fmt: skip
    export = acts.add_parser("export", help="write the trail to a file; .gz packs it")
    export.add_argument("file", metavar="FILE", type=Path)
    export.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="the first row (0)")
    export.add_argument(
        "--until", type=int, metavar="N", help="up to the first checkpoint over N rows (the newest)"
    )
    prove = acts.add_parser("prove", help="print the proof of a row, or of the newest change of a record")
    prove.add_argument("what", metavar="RECORD", help="a record's id, or a row's number")
    sample = acts.add_parser("sample", help="print rows drawn at random by a seed, one JSON object a line")
    sample.add_argument("count", metavar="N", type=int, help="how many rows, 1 to 1,000")
    sample.add_argument("--seed", required=True, help="any text; the same one draws the same rows again")
    sample.add_argument("--upto", type=int, metavar="ROW", help="only rows of smaller numbers (all)")
    for name, told in NARROWINGS.items():
        sample.add_argument(f"--{name}", dest=f"of_{name}", default="", help=told)
    for word in (export, prove, sample):
        word.add_argument("--as", dest="by", metavar="PERSON", help="who does it (the sole administrator)")
    acts.add_parser("key", help="print the public keys, the one in use last")
    acts.add_parser("checkpoint", help="print the newest checkpoint")
    brought = acts.add_parser(
        "restored", help="say that the database was brought back by other means than `keepwell restore`"
    )
    brought.add_argument("words", metavar="WORDS", help="from what and of when, as an auditor will read it")


def run(answers: argparse.Namespace) -> int:
    """Do the word that `answers` names."""
    return ACTS[answers.act](answers)


def seal(_answers: argparse.Namespace) -> int:
    from keepwell.platform.history import sequencer

    with Progress() as progress:
        count = sequencer.seal(lambda done: progress(done, None, "rows"))
    print(f"{count:,} rows sealed." if count else "Nothing waited to be sealed.")
    return 0


def restored(answers: argparse.Namespace) -> int:
    """Begin a new line of the trail after a base backup, a copied file or a standby took over."""
    from keepwell.platform.history.restoring import tell_restore

    number = tell_restore(how=answers.words)
    if number is None:
        env.stop("The key that signed the trail so far is gone; bring back the key file “signing”.")
    print(f"Row {number} tells it; checkpoints of more than {number} rows that were made before are void.")
    return 0


def verify(answers: argparse.Namespace) -> int:
    """Say 'complete and unchanged since', or name the first row that is not and end with 1; 3 where a restore lost rows
    that were under a checkpoint outside."""
    if answers.file is not None:
        return _verify_file(answers)
    from keepwell.platform.history import checking

    seen = [_text(path) for path in answers.seen]
    try:
        with Progress() as progress:
            found = checking.check(
                seen, _keys(answers.key), lambda done, total: progress(done, total, "rows")
            )
    except checking.Broken as broken:
        print(broken)
        return 1
    if found.since is None:
        print("The trail is empty.")
        return 0
    print(_said(found))
    for loss in found.losses:
        lost = f"{loss.rows:,} rows under a checkpoint, behind the first {loss.shared:,}, were lost"
        print(f"Row {loss.told_by} tells of a restore: {lost}.")
    if found.losses:
        print(
            f"What left the house vouches for the first {found.vouched:,} rows of this trail and for no more."
        )
    return 3 if found.losses else 0


def _said(found: Verdict) -> str:
    """What a trail that is complete and unchanged says of itself, in a line."""
    root = base64.b64encode(found.root).decode()
    told = [f"Complete and unchanged since {found.since:%Y-%m-%d}, {found.rows:,} rows, root {root}"]
    told += [f"{found.erased:,} personal parts were erased"] if found.erased else []
    told += [f"{found.waiting:,} rows wait for a checkpoint"] if found.waiting else []
    told += [f"row {number} tells of a restore" for number in found.restores]
    return f"{'; '.join(told)}."


def _verify_file(answers: argparse.Namespace) -> int:
    """What the one-file verifier, which imports nothing of ours, says of a file."""
    spec = importlib.util.spec_from_file_location("verify_trail", VERIFIER)
    if spec is None or spec.loader is None:
        raise RuntimeError("The verifier is missing.")
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    keys = answers.key or [str(key) for key in _own_keys()]
    told = [str(answers.file), *(word for key in keys for word in ("--key", key))]
    status: int = verifier.main([*told, *(word for path in answers.seen for word in ("--seen", str(path)))])
    return status


def _keys(told: list[str] | None) -> list[Verifier] | None:
    """The keys given on the command line; None if none is."""
    from keepwell.kernel.notes import verifier

    try:
        lines = [line for word in told or () for line in _or_file(word).split("\n") if line.strip()]
        return [verifier(line) for line in lines] if lines else None
    except ValueError as wrong:
        env.stop(str(wrong))


def _or_file(word: str) -> str:
    return _text(Path(word)) if "+" not in word else word


def _own_keys() -> list[Verifier]:
    """The installation's public keys, the one in use first."""
    from django.conf import settings

    from keepwell.kernel.notes import Verifier
    from keepwell.platform.history.ledger import THE_ONE, Trail
    from keepwell.platform.keys.signing import signers

    trail = Trail.objects.filter(pk=THE_ONE).first()
    origin = (trail and trail.origin) or settings.KEEPWELL_TRAIL_ORIGIN
    return [Verifier(origin, one.public) for one in signers()]


def export(answers: argparse.Namespace) -> int:
    """Seal what waits, and write the trail to a file; who did it is in the trail afterwards."""
    from keepwell.platform.history import export, sequencer
    from keepwell.platform.history.noting import note

    by = doer(answers.by)
    sequencer.seal()
    wanted = export.span(answers.first, answers.until)
    draft = answers.file.with_name(f".{answers.file.name}.part")
    try:
        with Progress() as progress, _opened(draft, is_packed=answers.file.suffix == ".gz") as out:
            for line in export.lines(wanted, lambda done, total: progress(done, total, "rows")):
                out.write(line)
        draft.replace(answers.file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        env.stop(f"{answers.file} cannot be written: {error.strerror}.")
    note(by, "trail.export", kind="read", first=wanted.first, size=wanted.size)
    print(f"{wanted.size - wanted.first:,} rows written, up to the checkpoint of {wanted.size:,} rows.")
    return 0


def _opened(path: Path, *, is_packed: bool) -> Any:  # a binary file, plain or packed
    return gzip.open(path, "wb", compresslevel=6) if is_packed else path.open("wb")


def sample(answers: argparse.Namespace) -> int:
    """Print rows drawn by a seed, of those that whoever does it may read; the newest first."""
    from keepwell.areas.administration.rules.trail import json_lines
    from keepwell.config.commands.words import unit
    from keepwell.platform.history.acting import Refused
    from keepwell.platform.history.noting import note
    from keepwell.platform.history.standing import standing
    from keepwell.platform.people import auditing

    by = doer(answers.by)
    told = {name: getattr(answers, f"of_{name}") for name in NARROWINGS}
    size = standing().size if answers.upto is None else answers.upto
    try:
        wish = auditing.asked({**told, "verb": told["act"]})
        rows = auditing.matching(by, wish, unit(told["unit"]) if told["unit"] else None)
        drawn = auditing.sample(rows, answers.count, answers.seed, size).order_by("-leaf")
    except Refused as refusal:
        env.stop(str(refusal))
    for line in json_lines(drawn):
        sys.stdout.write(line)
    asked = urlencode({name: value for name, value in told.items() if value})
    note(by, "trail.sample", kind="read", sample=answers.count, seed=answers.seed, upto=size, asked=asked)
    return 0


def prove(answers: argparse.Namespace) -> int:
    """Print the proof of one row as JSON, and nothing else."""
    from keepwell.platform.history import proofs, sequencer
    from keepwell.platform.history.noting import note

    by = doer(answers.by)
    sequencer.seal()
    leaf = int(answers.what) if answers.what.isdecimal() else proofs.newest_of(_id(answers.what))
    try:
        found = proofs.proof(leaf)
    except KeyError:
        env.stop(f"The trail has no row {leaf}.")
    note(by, "trail.prove", kind="read", leaf=leaf)
    print(json.dumps(found, ensure_ascii=False))
    return 0


def _id(told: str) -> UUID:
    try:
        return UUID(told)
    except ValueError:
        env.stop(f'"{told}" is neither a record\'s id nor the number of a row.')


def key(_answers: argparse.Namespace) -> int:
    """Print the public keys, one a line, the one in use last."""
    print("\n".join(str(key) for key in reversed(_own_keys())))
    return 0


def checkpoint(_answers: argparse.Namespace) -> int:
    """Print the newest checkpoint, and nothing else."""
    from keepwell.platform.history.ledger import Checkpoint

    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        env.stop("There is no checkpoint yet; make the first by `keepwell trail seal`.")
    sys.stdout.write(newest.note)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        env.stop(f"{path} cannot be read: {error}.")


ACTS: dict[str, Callable[[argparse.Namespace], int]] = {
    "seal": seal, "verify": verify, "export": export, "sample": sample, "prove": prove, "key": key, "checkpoint": checkpoint,
    "restored": restored,
}  # fmt: skip

COMMANDS = {"trail": run}
