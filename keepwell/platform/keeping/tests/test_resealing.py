"""A new sealing key takes over everything that older ones sealed, while work goes on, and only then may they go."""

from __future__ import annotations

import os
import random
import threading
import time
from itertools import count
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test import TestCase, TransactionTestCase

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.history.tests.test_sequencing import together
from keepwell.platform.identity import totp
from keepwell.platform.identity.models import Factor
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.keeping import resealing
from keepwell.platform.keeping.backup_keys import opening_keys
from keepwell.platform.keys import ring
from keepwell.platform.keys.fields import sealed_columns
from keepwell.platform.keys.sealing import Unopenable, place_of, seal, unseal
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.abroad import Channel, ChannelAddress, HookSecret, Webhook
from keepwell.platform.people.models import Account
from keepwell.platform.privacy.files import JOB, PLACE
from tests import machine
from tests.cast import TELLER, Cast

ADDRESS = "json://127.0.0.1:9/room"
TABLE = "notices_hooksecret"


def sealed_now() -> list[str]:
    """Every sealed value of the database."""
    return [
        value
        for column in sealed_columns()
        for value in column.model._base_manager.values_list(column.attname, flat=True)
        if value
    ]


def secrets_of(hook: Webhook, number: int) -> None:
    """So many secrets of `hook`, each its own number."""
    made = HookSecret.objects.bulk_create([HookSecret(webhook=hook, sealed="") for _ in range(number)])
    for one in made:
        write(one.pk)
    assert HookSecret.objects.count() == number


def write(key: int) -> None:
    """Keep the number of a row in it, sealed."""
    HookSecret.objects.filter(pk=key).update(sealed=seal(str(key), place=place_of(TABLE, key, "sealed")))


def read(key: int) -> None:
    """Open what a row holds; raises if it is not its number."""
    value = HookSecret.objects.values_list("sealed", flat=True).get(pk=key)
    assert unseal(value, place=place_of(TABLE, key, "sealed")) == str(key)


class Rotated(Cast):
    """Two places that hold something sealed, and a key that was made since."""

    def setUp(self) -> None:
        self.enterContext(with_keys())
        self.old = ring.ring("sealing")[0].id
        self.hook = Webhook(name="tickets", unit=self.group, url="https://hooks.example/in", registers=["people"],
                            reader=self.ada)  # fmt: skip
        self.channel = Channel(name="room", unit=self.khh1, reader=self.ada)
        with acting(TELLER, "test.rotated"):
            self.hook.save()
            self.channel.save()

    def renewed(self, *, rested: bool = True) -> str:
        """The name of a new key, made two minutes ago."""
        name = ring.make("sealing").id
        if rested:
            os.utime(Path(settings.KEEPWELL_KEYS) / "sealing", (time.time() - 120,) * 2)
        return name


class Resealing(Rotated, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret = hooks.new_secret(self.hook)
        chat.set_address(self.channel, ADDRESS)
        totp.enrol(Account.objects.get(person=self.ada), "JBSWY3DPEHPK3PXP", step=0)
        self.new = self.renewed()

    def test_takes_over_every_place_and_changes_no_secret(self) -> None:
        self.assertEqual(resealing.sealed_by(self.old), {
            "identity_factor": 1, "notices_hooksecret": 1, "notices_channeladdress": 1})  # fmt: skip
        done = resealing.reseal()
        self.assertEqual((done.values, done.unopenable), (3, []))
        self.assertEqual({value.split(".")[1] for value in sealed_now()}, {self.new})
        held = HookSecret.objects.get()
        self.assertEqual(unseal(held.sealed, place=place_of(TABLE, held.pk, "sealed")), self.secret)
        address = ChannelAddress.objects.get()
        where = place_of("notices_channeladdress", self.channel.pk, "sealed")
        self.assertEqual(unseal(address.sealed, place=where), ADDRESS)
        self.assertEqual(Change.objects.get(verb="keys.reseal").answers, {"ring": "sealing", "values": 3})

    def test_done_again_does_nothing(self) -> None:
        resealing.reseal()
        before = sorted(sealed_now())
        self.assertEqual(resealing.reseal().values, 0)
        self.assertEqual(sorted(sealed_now()), before)
        self.assertEqual(Change.objects.filter(verb="keys.reseal").count(), 1)

    def test_names_what_no_key_opens_and_goes_on(self) -> None:
        Factor.objects.update(seed=HookSecret.objects.get().sealed)
        done = resealing.reseal()
        self.assertEqual((done.values, len(done.unopenable)), (2, 1))
        self.assertIn("identity_factor|", done.unopenable[0])
        self.assertRaisesMessage(Refused, "still seals 1 values", resealing.retire, self.old)

    def test_opens_no_value_that_was_put_elsewhere(self) -> None:
        resealing.reseal()
        Factor.objects.update(seed=HookSecret.objects.get().sealed)
        self.assertRaises(Unopenable, totp.accepts, Account.objects.get(person=self.ada), "123456")


class Retiring(Rotated, TestCase):
    def test_is_refused_while_the_key_seals_anything(self) -> None:
        secrets_of(self.hook, 7)
        self.renewed()
        self.assertRaisesMessage(Refused, f"7 values (7 in {TABLE})", resealing.retire, self.old)
        resealing.reseal()
        resealing.retire(self.old)
        self.assertEqual([one.id for one in ring.ring("sealing")].count(self.old), 0)
        self.assertEqual(Change.objects.get(verb="keys.retire").answers["key"], self.old)

    def test_is_refused_while_a_job_holds_what_it_sealed(self) -> None:
        enqueue(JOB, sealed=seal("words", place=PLACE))
        self.renewed()
        self.assertRaisesMessage(Refused, "1 in jobs_job", resealing.retire, self.old)

    def test_is_refused_while_others_may_have_the_key_in_hand(self) -> None:
        self.renewed(rested=False)
        self.assertRaisesMessage(Refused, "less than a minute ago", resealing.retire, self.old)

    def test_is_refused_for_the_key_in_use_and_for_one_that_is_none(self) -> None:
        self.assertRaisesMessage(Refused, "is the one in use", resealing.retire, self.old)
        self.assertRaisesMessage(Refused, "There is no sealing key", resealing.retire, "nothing")

    def test_still_opens_backups_that_it_sealed(self) -> None:
        self.renewed()
        resealing.retire(self.old)
        self.assertIn(self.old, [key.id for key in opening_keys()])
        self.assertRaises(Unopenable, unseal, f"kw1.{self.old}.AAAA", place="anywhere")


class DyingWhileResealing(Rotated, TransactionTestCase):
    def setUp(self) -> None:
        type(self).setUpTestData()
        super().setUp()

    def test_leaves_every_value_open_and_the_rest_for_the_next(self) -> None:
        """Whichever statement fails, every value opens; the next run does what is left."""
        secrets_of(self.hook, 6)
        for number in count(1):
            self.renewed()
            if not self.fails_at(number):
                break
            for key in HookSecret.objects.values_list("pk", flat=True):
                read(key)
        resealing.reseal()
        self.assertEqual({value.split(".")[1] for value in sealed_now()}, {ring.ring("sealing")[0].id})
        self.assertGreater(number, 6)

    def fails_at(self, number: int) -> bool:
        asked = count(1)

        def breaking(execute, sql, params, many, context):
            if next(asked) == number:
                raise RuntimeError("the machine died here")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(breaking):
            try:
                resealing.reseal()
            except RuntimeError:
                return True
        return False


@pytest.mark.postgresql
class UnderLoad(Rotated, TransactionTestCase):
    def setUp(self) -> None:
        type(self).setUpTestData()
        super().setUp()

    def test_nobody_who_reads_or_writes_meanwhile_fails(self) -> None:
        secrets_of(self.hook, rows := machine.rounds(300, 5_000))
        keys, over = list(HookSecret.objects.values_list("pk", flat=True)), threading.Event()

        def busy(seed: int) -> None:
            dice = random.Random(seed)
            while not over.is_set():
                (write if dice.random() < 0.3 else read)(dice.choice(keys))

        def rotate() -> None:
            try:
                for _ in range(3):
                    old = ring.ring("sealing")[0].id
                    self.renewed()
                    while resealing.sealed_by(old):
                        resealing.reseal()
                    resealing.retire(old)
            finally:
                over.set()

        self.assertEqual(together(rotate, *[lambda seed=seed: busy(seed) for seed in range(4)]), [])
        for key in keys:
            read(key)
        self.assertEqual((len(keys), len(ring.ring("sealing"))), (rows, 1))


class Columns(TestCase):
    def test_that_are_called_sealed_are_found_by_who_seals_anew(self) -> None:
        found = {(column.model, column.attname) for column in sealed_columns()}
        named = {(model, field.attname) for model in apps.get_models() for field in model._meta.local_fields
                 if isinstance(field, models.TextField | models.CharField)
                 and (field.attname.startswith("sealed") or field.attname == "seed")}  # fmt: skip
        self.assertEqual(found, named)
