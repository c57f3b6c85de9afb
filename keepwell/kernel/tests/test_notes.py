"""Signed notes and checkpoints, against the published ones."""

from __future__ import annotations

from unittest import TestCase

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepwell.kernel import notes

# The example of the Go checksum database, whose notes C2SP took up.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAYING = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETERS_NOTE = SAYING + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def key(number: int, name: str = "keepwell.example/trail") -> tuple[notes.Verifier, notes.Sign]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return notes.Verifier(name, private.public_key().public_bytes_raw()), private.sign


class Notes(TestCase):
    def test_open_as_published(self) -> None:
        peter = notes.verifier(PETER)
        self.assertEqual(str(peter), PETER)
        self.assertEqual(notes.opened(PETERS_NOTE, [peter]), (SAYING, [peter]))

    def test_open_with_either_of_two_signers(self) -> None:
        first, second = key(1), key(2)
        note = notes.signed("a\nb\n\nc\n", [first, second])
        self.assertEqual(notes.opened(note, [second[0]]), ("a\nb\n\nc\n", [second[0]]))
        self.assertEqual(notes.opened(note, [first[0], second[0]])[1], [first[0], second[0]])

    def test_do_not_open_with_another_key_text_or_name(self) -> None:
        (mine, sign), (other, _sign) = key(1), key(2)
        note = notes.signed("42\n", [(mine, sign)])
        for told, known in ((note, other), (note, notes.Verifier("else.example", mine.public)),
                            (note.replace("42", "43"), mine), (note.rstrip("\n"), mine), ("42\n", mine),
                            (note.replace("— ", "- "), mine), ("", mine)):  # fmt: skip
            self.assertRaises(notes.NotSigned, notes.opened, told, [known])

    def test_refuse_keys_that_are_written_otherwise(self) -> None:
        for told in (
            "",
            "PeterNeumann",
            PETER.replace("c74f20a3", "c74f20a4"),
            PETER[:-4],
            "a+b+c",
            PETER[:-1] + "ä",
        ):
            self.assertRaises(ValueError, notes.verifier, told)


class Checkpoints(TestCase):
    def test_read_as_they_were_written(self) -> None:
        told = notes.Checkpoint("keepwell.example/trail", 70_000, b"\x07" * 32, (key(2)[0],))
        self.assertEqual(notes.checkpoint(told.text()), told)

    def test_refuse_what_is_none(self) -> None:
        good = notes.Checkpoint("a", 1, b"\x07" * 32).text()
        for told in (
            "",
            "a\n1\n",
            good.replace("1", "01", 1),
            good.replace("\n1\n", "\n-1\n"),
            good[:-3] + "\n",
            good[1:],
        ):
            self.assertRaises(ValueError, notes.checkpoint, told)
