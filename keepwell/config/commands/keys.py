"""The commands about the installation's own keys."""

from __future__ import annotations

import argparse

from keepwell.config.commands.words import Words

RINGS = ("sealing", "signing")


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`keys`, with what to do."""
    keys = all_words.add_parser("keys", help="the keys that seal secrets and sign the trail")
    keys.add_argument(
        "what",
        choices=("make", "renew", "reseal", "retire"),
        help="make those that are missing; put a new one before one; seal anew what older ones sealed; take an older "
        "one away that seals nothing any more",
    )
    keys.add_argument("--ring", choices=RINGS, help="only this ring; renew takes just one")
    keys.add_argument("--key", metavar="NAME", help="the sealing key that retire takes away")


def keys(answers: argparse.Namespace) -> int:
    """Do what is asked with the rings; tells names, never keys."""
    return ACTS[answers.what](answers)


def renew(answers: argparse.Namespace) -> int:
    """Put a new key before those of a ring."""
    from keepwell.config.commands.words import complain
    from keepwell.platform.keys import ring

    if not answers.ring:
        return complain("Say which ring gets a new key with --ring sealing or --ring signing.", 2)
    print(f"{answers.ring}: key {ring.make(answers.ring).id} is in use from now on; older ones still open.")
    return 0


def reseal(_answers: argparse.Namespace) -> int:
    """Seal anew what older keys sealed; 1 if a value opens with none."""
    from keepwell.config.progress import Progress
    from keepwell.platform.keeping.resealing import reseal

    with Progress() as progress:
        done = reseal(progress)
    print(f"{done.values:,} values sealed anew." if done.values else "Nothing was sealed with an older key.")
    for place in done.unopenable:
        print(f"No key opens what stands in {place}.")
    return 1 if done.unopenable else 0


def retire(answers: argparse.Namespace) -> int:
    """Take an older sealing key away."""
    from keepwell.config.commands.words import complain
    from keepwell.platform.keeping import resealing
    from keepwell.platform.keys.ring import retired

    if not answers.key or answers.ring == "signing":
        return complain(
            "Say which sealing key goes with --key NAME; signing keys stay, they prove the past.", 2
        )
    resealing.retire(answers.key)
    print(f"sealing: key {answers.key} is out of use; it lies in {retired('sealing')} for backups it sealed.")
    return 0


def make(answers: argparse.Namespace) -> int:
    """Make the rings that are missing."""
    from django.conf import settings

    from keepwell.platform.keys import ring

    for name in [answers.ring] if answers.ring else RINGS:
        if ring.is_there(name):
            print(f"{name}: is there, key {ring.ring(name)[0].id} in use")
        else:
            print(f"{name}: key {ring.make(name).id} made in {settings.KEEPWELL_KEYS}")
    return 0


ACTS = {"make": make, "renew": renew, "reseal": reseal, "retire": retire}

COMMANDS = {"keys": keys}
