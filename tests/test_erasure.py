"""R36: somebody is erased, and nothing anywhere says any more who it was; seals, proofs and figures still hold."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from keepwell.areas.administration.rules.provisioning import Told, employ
from keepwell.areas.awareness.models import Completion
from keepwell.areas.organization import rules
from keepwell.areas.reporting.rules.outcomes import outcomes
from keepwell.areas.reporting.rules.signing import sign_year
from keepwell.demo import names_asia, names_west
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.models import Piece
from keepwell.platform.exchange.files import path_of
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history import checking, entries, proofs, sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.test_sealing import is_proved
from keepwell.platform.identity.models import Device, Factor, PasswordLink, RecoveryCode, Stranger
from keepwell.platform.identity.sso.linking import _note_stranger
from keepwell.platform.identity.sso.providers import Provider, Vouched
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.metrics.reading import read_at
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.notices.models import Feed, Letter
from keepwell.platform.people.models import Account, Membership, Person, Provision, barred_sentence
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.registers.files import bring_in, text_rows
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, grant
from tests.erased import LEFT, LOCAL, MAIL, NAME, NUMBER, REASON, WORDS, Traces, dump, hits
from tests.machine import rounds

PROVIDER = Provider("meridian", "Meridian", "oidc", "https://idp.example", "keepwell", "a secret")


def dictionary(count: int) -> list[str]:
    """So many names, each another: the given names of the demo's countries, one or two, with their family names."""
    lists = {name: value for module in (names_asia, names_west) for name, value in vars(module).items()}
    given = _texts([value for name, value in lists.items() if name.endswith(("GIVEN", "FIRST", "MEN"))])
    family = _texts([value for name, value in lists.items() if name.endswith("FAMILIES")])
    firsts = [*given, *(f"{one}-{other}" for one in given for other in given)]
    return list(islice((f"{first} {last}" for first in firsts for last in family), count))


def _texts(value: Any) -> list[str]:
    """Every text within lists of lists, once."""
    if isinstance(value, str):
        return [value]
    return list(dict.fromkeys(text for each in value for text in _texts(each)))


class ErasingSomebody(Traces):
    def test_leaves_no_trace_in_any_table(self) -> None:
        before = {table for table, text in dump() if hits(text)}
        self.assertGreater(len(before), 15)
        self.erase()
        self.assertEqual({table: found for table, text in dump() if (found := hits(text))}, {})

    def test_leaves_no_file_that_was_brought_in_and_says_why(self) -> None:
        kept = [batch.sha256 for batch in (self.batch, self.old, self.workbook)]
        self.erase()
        found = [path for path in self.folder.rglob("*") if path.is_file()]
        self.assertEqual([path.name for path in found], [self.foreign.sha256])
        gone = Batch.objects.filter(file_erased_at__isnull=False).values_list("sha256", "rows")
        self.assertEqual(sorted(gone), sorted((digest, 1) for digest in kept))
        self.sign_in(self.ada)
        page = self.client.get(f"/batches/{self.old.pk}/")
        self.assertContains(page, "It named somebody who was erased")
        self.assertNotContains(self.client.get(f"/batches/{self.foreign.pk}/"), "It named somebody")

    def test_leaves_no_trace_in_what_registers_give_out(self) -> None:
        self.erase()
        told = {slug: "\n".join(map(str, text_rows(one, self.ada))) for slug, one in REGISTERS.items()}
        self.assertEqual({slug: found for slug, text in told.items() if (found := hits(text))}, {})
        self.sign_in(self.ada)
        for word in (NAME, LOCAL, NUMBER, MAIL):
            self.assertContains(
                self.client.get("/search/", {"q": word, "retired": "yes"}), '<p class="kw-b">Nothing '
            )

    def test_keeps_the_seals_and_every_proof_made_before(self) -> None:
        about = list(Change.objects.sealed().filter(by=self.mei.pk).values_list("leaf", flat=True))
        about += Change.objects.sealed().filter(record_id=self.mei.pk).values_list("leaf", flat=True)
        before = [proofs.proof(leaf) for leaf in about]
        outside = [before[0]["checkpoint"]]
        self.erase()
        sequencer.seal()
        verdict = checking.check(outside)
        self.assertEqual((verdict.rows, verdict.waiting), (Change.objects.count(), 0))
        self.assertGreater(verdict.erased, len(about))
        self.assertEqual({told["leaf"] for told in before if not is_proved(told)}, set())
        self.assertEqual({leaf for leaf in about if not is_proved(proofs.proof(leaf))}, set())

    def test_leaves_nothing_that_a_dictionary_of_names_would_open(self) -> None:
        self.erase()
        sequencer.seal()
        erased = Change.objects.filter(who_salt=None, leaf__isnull=False)
        kept = {bytes(who) for who in erased.values_list("who", flat=True)}
        salts = [
            b"",
            *map(bytes, Change.objects.exclude(who_salt=None).values_list("who_salt", flat=True)[:4]),
        ]
        names = [*WORDS, *dictionary(rounds(600, 110_000))]
        values = [entries.canonical({"name": name}) for name in names]
        self.assertTrue(kept)
        self.assertEqual([v for v in values for salt in salts if entries.commit(v, salt) in kept], [])

    def test_lets_what_was_done_count_as_before(self) -> None:
        figures = ("training.person_times", "training.people", "organization.people")
        scope = Scope.of_year(2024)
        before = {name: read_at(self.group, scope, [METRICS[name]])[name] for name in figures}
        self.erase()
        after = {name: read_at(self.group, scope, [METRICS[name]])[name] for name in figures}
        self.assertEqual(
            {name: one.value for name, one in after.items()},
            {name: one.value for name, one in before.items()},
        )
        self.assertGreater(before["training.person_times"].value, 0)
        person = Completion.objects.get(batch=self.batch).person
        self.assertEqual((person.pk, str(person)[:7]), (self.mei.pk, "erased-"))

    def test_lets_a_figure_that_was_signed_stand_and_says_why_its_digest_is_another(self) -> None:
        sign_year(self.group, by=self.ada, year=2024)
        before = outcomes(self.group, 2024).of("training.person_times")
        self.erase()
        after = outcomes(self.group, 2024).of("training.person_times")
        self.assertEqual((after.value, after.counted), (before.value, before.counted))
        self.assertNotEqual(after.reading.digest, before.digest)
        self.assertEqual((after.differs, after.counts_pseudonyms), (False, True))
        Completion.objects.all().delete()
        gone = outcomes(self.group, 2024).of("training.person_times")
        self.assertEqual((gone.differs, gone.counts_pseudonyms), (True, False))

    def test_takes_every_way_in_and_what_was_for_the_person_alone(self) -> None:
        self.erase()
        for model in (
            Account,
            Factor,
            RecoveryCode,
            Device,
            PasswordLink,
            Feed,
            Letter,
            Provision,
            Membership,
        ):
            rows = HOLDINGS[model._meta.label_lower].rows(self.mei)
            self.assertFalse(rows.exists(), model)
        self.assertFalse(
            self.mei.tokens.exists() or self.mei.identities.exists() or self.mei.notices.exists()
        )
        self.assertTrue(self.mei.grants.exists() and self.mei.evidence.exists())

    def test_is_told_in_the_trail_without_the_name(self) -> None:
        self.erase()
        row = Change.objects.filter(verb="person.erase", record_id=self.mei.pk).get()
        self.assertEqual((row.by_name, row.answers, row.before), ("Ada Lin", {"reason": REASON}, {}))
        self.assertEqual(row.after["name"], Person.objects.get(pk=self.mei.pk).number)


class ErasingIsRefused(Traces):
    def refusal(self, who: Person, by: Person, reason: str = REASON) -> str:
        with self.assertRaises((Refused, PermissionDenied)) as refused:
            rules.erase(Person.objects.get(pk=who.pk), by=by, reason=reason)
        return str(refused.exception)

    def test_to_whoever_does_not_administer(self) -> None:
        for who in (self.sam, self.ben, self.cleo):
            self.assertIn("You need the right to administer", self.refusal(self.mei, who))
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/people/{self.mei.pk}/erase/").status_code, 404)
        self.assertEqual(
            self.client.post(f"/people/{self.mei.pk}/erase/", {"reason": REASON}).status_code, 404
        )
        self.assertIsNone(Person.objects.get(pk=self.mei.pk).erased_at)

    def test_for_oneself(self) -> None:
        self.assertEqual(
            self.refusal(self.ada, self.ada), "Nobody erases themselves; ask another administrator."
        )

    def test_for_the_last_administrator(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "administrator", self.khh1)
            grant(self.eva, "administrator", self.khh2)
            self.eva.unit, self.eva.unit_since = self.khh1, date(2019, 1, 1)
            self.eva.save()
        sentence = "Nobody else administers Kaohsiung Assembly II; grant the role to somebody first."
        self.assertEqual(self.refusal(self.eva, self.ben), sentence)

    def test_for_who_is_still_employed(self) -> None:
        """The button is not shown; who tries all the same is told what is missing."""
        self.assertFalse(rules.erase.is_open_to(self.ada, self.ben))
        self.assertTrue(rules.erase.is_open_to(self.ada, self.mei))
        self.assertEqual(self.refusal(self.ben, self.ada), "Ben Tan has not left; record the last day first.")

    def test_while_a_legal_hold_concerns_them(self) -> None:
        for concerned in (self.piece, self.foreign_piece()):
            with acting(self.ada, "piece.hold"):
                concerned.held_at, concerned.held_reason = timezone.now(), "Suit"
                concerned.save()
            sentence = f"The legal hold on {concerned.reference} concerns {NAME}; lift it first."
            self.assertEqual(self.refusal(self.mei, self.ada), sentence)
            with acting(self.ada, "piece.lift"):
                concerned.held_at = None
                concerned.save()

    def foreign_piece(self) -> Piece:
        with acting(self.ada, "house.enter"):
            piece = Piece(title=f"Letter of {NAME}", unit=self.khh1, owner=self.ben, received_on=LEFT)
            piece.save()
        return piece

    def test_with_a_reason_that_names_them(self) -> None:
        sentence = "Write the reason without the person's name, number or mail: it stays."
        self.assertEqual(self.refusal(self.mei, self.ada, f"{LOCAL} asked for it"), sentence)

    def test_the_second_time(self) -> None:
        self.erase()
        self.assertIn("present state", self.refusal(self.mei, self.ada))


class ComingBack(Traces):
    """What HR, an identity provider or a learning system brings again is refused, and written down nowhere."""

    def setUp(self) -> None:
        super().setUp()
        self.erase()

    def bring(self, slug: str, text: str) -> Any:
        path = self.folder / "again.csv"
        path.write_text(text)
        outcome = bring_in(REGISTERS[slug], path, self.ada)
        path.unlink()
        return outcome

    def check_refused(self, outcome: Any) -> None:
        self.assertEqual([(e.found, e.expected) for e in outcome.errors], [("", barred_sentence())])
        self.assertEqual({table: found for table, text in dump() if (found := hits(text))}, {})
        self.assertFalse(path_of(outcome.batch.sha256).exists())
        self.assertIsNotNone(outcome.batch.file_erased_at)

    def test_in_a_file_of_people_is_refused(self) -> None:
        head = "number,name,mail,unit,unit_since,language,kind,employed_from\n"
        row = f"{NUMBER.lower()},{NAME},{MAIL},KHH1,2020-01-01,en,employee,2020-01-01\n"
        self.check_refused(self.bring("people", head + row))

    def test_in_a_long_file_of_people_is_refused(self) -> None:
        head = "number,name,mail,unit,unit_since,language,kind,employed_from\n"
        rows = [f"C{n:07d},Some Body,,KHH1,2020-01-01,en,employee,2020-01-01\n" for n in range(1100)]
        last = f"{NUMBER},{NAME},{MAIL},KHH1,2020-01-01,en,employee,2020-01-01\n"
        self.check_refused(self.bring("people", head + "".join(rows) + last))

    def test_in_a_delivery_of_completions_is_refused(self) -> None:
        self.check_refused(
            self.bring("completions", f"number,course,completed_at\n{NUMBER},SEC-1,2024-05-01 10:00\n")
        )

    def test_by_a_form_is_refused(self) -> None:
        again = Person(number=NUMBER, name=NAME, unit=self.khh1, unit_since=LEFT, employed_from=LEFT)
        with self.assertRaises(ValidationError) as refused, acting(TELLER, "hr.import"):
            again.save()
        self.assertEqual(refused.exception.message_dict, {"number": [barred_sentence()]})

    def test_by_an_identity_provider_is_refused(self) -> None:
        told = Told("mei", NAME, MAIL, "en", NUMBER, self.khh1, is_active=True)
        with self.assertRaises(ValidationError) as refused, acting(self.ada, "scim.create"):
            employ(told, client=self.ada)
        self.assertEqual(refused.exception.message_dict, {"number": [barred_sentence()]})
        self.assertFalse(Account.objects.filter(sign_in_name="mei").exists())

    def test_as_a_stranger_is_not_written_down(self) -> None:
        _note_stranger(Vouched(provider=PROVIDER, subject="s", number=NUMBER, name=NAME, mail=MAIL))
        self.assertFalse(Stranger.objects.exists())


class OfOneName(Traces):
    def test_another_person_keeps_theirs(self) -> None:
        with acting(TELLER, "hr.import"):
            other = Person(number="B7700999", name=NAME, unit=self.khh1, unit_since=LEFT, employed_from=LEFT)
            other.save()
        self.erase()
        self.assertEqual(Person.objects.get(pk=other.pk).name, NAME)
        self.assertTrue(Change.objects.get(record_id=other.pk).after)
        self.assertEqual(Piece.objects.get(pk=self.piece.pk).title, f"Report by {NAME}")
        self.assertFalse(Person.objects.filter(number=NUMBER).exists())
