"""The commands about the installation's own keys."""

from __future__ import annotations

import argparse

from keepwell.config.commands.words import Words

RINGS = ("sealing", "signing")


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`keys`, with what to do."""
    keys = all_words.add_parser("keys", help="the keys that seal secrets and sign the trail")
    keys.add_argument(
        "what", choices=("make", "renew"), help="make those that are missing, or put a new one before one"
    )
    keys.add_argument("--ring", choices=RINGS, help="only this ring; renew takes just one")


def keys(answers: argparse.Namespace) -> int:
    """Make the rings that are missing, or put a new key before those of a ring; tells names, never keys."""
    from django.conf import settings

    from keepwell.config.commands.words import complain
    from keepwell.platform.keys import ring

    if answers.what == "renew":
        if not answers.ring:
            return complain("Say which ring gets a new key with --ring sealing or --ring signing.", 2)
        print(
            f"{answers.ring}: key {ring.make(answers.ring).id} is in use from now on; older ones still open."
        )
        return 0
    for name in [answers.ring] if answers.ring else RINGS:
        if ring.is_there(name):
            print(f"{name}: is there, key {ring.ring(name)[0].id} in use")
        else:
            print(f"{name}: key {ring.make(name).id} made in {settings.KEEPWELL_KEYS}")
    return 0


COMMANDS = {"keys": keys}
