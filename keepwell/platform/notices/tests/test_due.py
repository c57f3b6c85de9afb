"""What is due is told: new, ahead, late, and to the next level up; passed on by page and API; read as a calendar."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.test import Client, TestCase
from django.utils.translation import override
from icalendar import Calendar

from keepwell.areas.assurance.models import Certificate
from keepwell.areas.assurance.tests.samples import certificates
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices import feeds
from keepwell.platform.notices.due import escalate, remind, stage_of
from keepwell.platform.notices.models import Notice, Preference
from keepwell.platform.notices.trouble import expiring, look
from keepwell.platform.people.models import Person
from keepwell.platform.people.tokens import issue
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import owe
from tests.cast import NOW, TELLER, Cast, account, grant, person

DAY = date(2025, 11, 14)


class Telling(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(override("en"))
        cache.clear()

    def owe(self, who: Any, by_day: date | None, record: Any = None) -> Debt:
        with acting(TELLER, "test.owe"):
            return owe(who, "Look at %(record)s", record=record or self.khh1, by_day=by_day)

    def told(self, who: Person, kind: str) -> list[str]:
        own = Notice.objects.filter(person=who, kind=kind).order_by("pk")
        return [notice.sentence(self.khh1) for notice in own]


class Reminding(Telling):
    def test_comes_30_7_and_1_days_before_and_when_late_and_each_week_again(self) -> None:
        stages = {n: stage_of(n) for n in (31, 30, 8, 7, 2, 1, 0, -1, -7, -8, -15)}
        self.assertEqual(
            stages, {31: None, 30: 30, 8: 30, 7: 7, 2: 7, 1: 1, 0: 1, -1: 0, -7: 0, -8: -1, -15: -2}
        )

    def test_is_said_once_for_each_stage_also_when_a_day_was_missed(self) -> None:
        self.owe(self.ben, DAY + timedelta(days=60))
        for ahead in (29, 29, 28, 6, 1):
            remind(DAY + timedelta(days=60 - ahead))
        self.assertEqual(
            self.told(self.ben, "todo.reminder"), ["Due on 13 Jan 2026: Look at Kaohsiung Assembly 1"] * 3
        )
        remind(DAY + timedelta(days=61))
        self.assertEqual(
            self.told(self.ben, "todo.overdue"), ["Overdue since 13 Jan 2026: Look at Kaohsiung Assembly 1"]
        )

    def test_is_not_said_beside_what_is_new(self) -> None:
        self.owe(self.ben, DAY + timedelta(days=5))
        remind(DAY)
        self.assertEqual(
            (len(self.told(self.ben, "todo.new")), self.told(self.ben, "todo.reminder")), (1, [])
        )

    def test_is_said_of_what_areas_tell_too_in_both_languages(self) -> None:
        with acting(TELLER, "test.enter"):
            found: Certificate = certificates(self.khh1, self.eva)
            found.valid_until = DAY + timedelta(days=20)
            found.save(links={"sites": [self.khh1]})
        remind(DAY)
        notice = Notice.objects.get(person=self.ben, kind="todo.reminder")
        self.assertIn("Renew", notice.sentence())
        with override("zh-hant"):
            self.assertNotIn("Renew", notice.sentence())
        self.assertEqual(remind(DAY), 0)

    def test_is_for_nobody_without_a_right_to_the_record(self) -> None:
        self.owe(self.sam, DAY + timedelta(days=20))
        remind(DAY)
        self.assertFalse(Notice.objects.filter(person=self.sam).exists())


class Escalating(Telling):
    def test_tells_the_next_level_up_after_seven_days_once(self) -> None:
        with acting(TELLER, "test.enter"):
            fay = person("A0000007", "Fay Wu", self.mat)
            account(fay, "fay")
            grant(fay, "site_officer", self.mat)
        self.owe(("site_officer", self.khh1), DAY)
        self.assertEqual(escalate(DAY + timedelta(days=7)), 0)
        self.assertEqual((escalate(DAY + timedelta(days=8)), escalate(DAY + timedelta(days=9))), (1, 0))
        self.assertEqual(len(self.told(fay, "todo.escalated")), 1)

    def test_tells_who_decides_above_where_a_person_owes(self) -> None:
        self.owe(self.ben, DAY)
        escalate(DAY + timedelta(days=8))
        self.assertIn("not done by Ben Tan", self.told(self.ada, "todo.escalated")[0])


class Expiring(Telling):
    def test_rights_and_tokens_are_told_seven_days_before_once(self) -> None:
        with acting(TELLER, "test.grant"):
            right = self.ben.grants.get()
            right.until = DAY + timedelta(days=6)
            right.save()
        issue(self.ben, days=5, label="nightly")
        issue(self.ben, days=30, label="long")
        self.assertEqual((expiring(), expiring()), (2, 0))
        told = " ".join(self.told(self.ben, "access.expiring"))
        self.assertIn("Kaohsiung Assembly 1 ends on 20 Nov 2025", told)
        self.assertIn("nightly", told)


class Trouble(Telling):
    def test_of_dead_jobs_is_told_to_administrators(self) -> None:
        Job.objects.create(name="metrics.count", state="dead", finished_at=datetime.now(UTC))
        self.assertEqual((look(), look()), (1, 0))
        self.assertIn("metrics.count", self.told(self.ada, "platform.trouble")[0])
        self.assertFalse(Notice.objects.exclude(person=self.ada).exists())


class ThePages(Telling):
    def test_list_what_one_was_told_and_mark_it_read(self) -> None:
        self.owe(self.ben, None)
        self.sign_in(self.ben)
        page = self.client.get("/notices/")
        self.assertContains(page, "New for you: Look at Kaohsiung Assembly 1")
        self.assertContains(page, "1 unread notice")
        self.client.post("/notices/read/")
        self.assertNotContains(self.client.get("/notices/"), "1 unread notice")
        self.sign_in(self.sam)
        self.assertNotContains(self.client.get("/notices/"), "Look at")

    def test_pass_a_todo_on_and_take_it_back(self) -> None:
        debt = self.owe(self.ben, DAY)
        self.sign_in(self.ben)
        address = f"/due/{debt.pk}/pass-on/"
        self.assertContains(self.client.get("/due/"), address)
        for name, why in (("nobody@x", "Nobody is known"), ("X0000006", "choose somebody who can")):
            refused = self.client.post(address, {"to": name, "how": "now"})
            self.assertContains(refused, why, status_code=422)
        self.client.post(address, {"to": "A0000005", "how": "now", "note": "I am away"})
        self.assertContains(self.client.get("/due/"), "with Eva Chen")
        self.assertEqual(
            self.told(self.eva, "todo.passed"), ["Ben Tan asks you: Look at Kaohsiung Assembly 1"]
        )
        self.client.post(f"/due/{debt.pk}/take-back/")
        self.assertNotContains(self.client.get("/due/"), "with Eva Chen")

    def test_show_nobody_the_todo_of_another(self) -> None:
        debt = self.owe(self.ben, DAY)
        for who in (self.sam, self.eva, self.ada):
            self.sign_in(who)
            for path in (f"/due/{debt.pk}/pass-on/", f"/due/{debt.pk}/take-back/"):
                self.assertEqual(self.client.post(path).status_code, 404)

    def test_keep_what_comes_by_mail(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get("/account/notices/")
        self.assertContains(page, "Cannot be switched off.")
        form = dict(page.context["form"].initial) | {"digest_hour": 17, "todo.new": "off"}
        self.assertEqual(self.client.post("/account/notices/", form).status_code, 302)
        self.assertEqual(Preference.objects.get(person=self.ben, kind="todo.new").way, "off")
        wrong = self.client.post("/account/notices/", form | {"todo.overdue": "off"})
        self.assertEqual(wrong.status_code, 422)

    def test_of_mail_that_waits_are_for_administrators(self) -> None:
        for who, status in ((self.ada, 200), (self.sam, 403), (self.eva, 403)):
            self.sign_in(who)
            self.assertEqual(self.client.get("/administration/letters/").status_code, status)


class TheApi(Telling):
    def test_tells_what_is_due_and_passes_it_on(self) -> None:
        debt = self.owe(self.ben, DAY + timedelta(days=3))
        self.sign_in(self.ben)
        told = next(row for row in self.client.get("/api/due").json() if row["id"] == str(debt.pk))
        self.assertEqual((told["act"], told["days_left"]), ("Look at Kaohsiung Assembly 1", 3))
        self.assertEqual(
            self.send(f"/api/due/{debt.pk}/delegate", {"to": "A0000005", "note": "x"}).status_code, 200
        )
        self.assertEqual(self.client.get("/api/due").json()[-1]["done_by"], "A0000005")
        self.assertEqual(self.send(f"/api/due/{debt.pk}/delegate", {"to": "X0000006"}).status_code, 409)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/api/due").json(), [])
        self.assertEqual(self.send(f"/api/due/{debt.pk}/take-back", {}).status_code, 404)

    def test_keeps_preferences(self) -> None:
        self.sign_in(self.ben)
        changed = self.client.patch("/api/notices/preferences", json.dumps({"ways": {"todo.new": "off"}}),
                                    content_type="application/json")  # fmt: skip
        self.assertEqual(changed.json()["ways"]["todo.new"], "off")
        refused = self.client.patch("/api/notices/preferences", json.dumps({"ways": {"todo.overdue": "off"}}),
                                    content_type="application/json")  # fmt: skip
        self.assertEqual(refused.status_code, 409)

    def send(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(path, json.dumps(body), content_type="application/json")


class ACalendar(Telling):
    def setUp(self) -> None:
        super().setUp()
        self.debt = self.owe(self.ben, DAY + timedelta(days=3))
        self.sign_in(self.ben)
        page = self.client.post("/account/calendar/")
        self.path = (
            page.context["link"].partition("testserver")[2] or "/" + page.context["link"].split("/", 3)[3]
        )
        self.program = Client()

    def test_is_read_by_its_secret_link_as_all_day_events(self) -> None:
        answer = self.program.get(self.path)
        self.assertEqual(answer["Content-Type"], "text/calendar; charset=utf-8")
        events = Calendar.from_ical(answer.content).walk("VEVENT")
        mine = next(event for event in events if event["UID"].startswith(str(self.debt.pk)))
        self.assertEqual(
            (mine["DTSTART"].dt, mine["SUMMARY"]), (DAY + timedelta(days=3), "Look at Kaohsiung Assembly 1")
        )

    def test_is_the_same_until_something_changes(self) -> None:
        first = self.program.get(self.path)
        same = self.program.get(self.path, headers={"If-None-Match": first["ETag"]})
        self.assertEqual((same.status_code, same.content), (304, b""))
        self.owe(self.ben, DAY + timedelta(days=9))
        self.assertEqual(
            self.program.get(self.path, headers={"If-None-Match": first["ETag"]}).status_code, 200
        )

    def test_link_is_kept_as_a_digest_and_shown_once(self) -> None:
        secret = self.path.rpartition("/")[2].removesuffix(".ics")
        self.assertEqual(len(secret), 43)
        self.assertNotEqual(self.ben.feed.digest, secret)
        self.assertNotContains(self.client.get("/account/calendar/"), secret)

    def test_ends_at_once(self) -> None:
        self.client.post("/account/calendar/end/")
        self.assertEqual(self.program.get(self.path).status_code, 404)

    def test_ends_with_a_new_link_and_with_the_account(self) -> None:
        newer = feeds.make(self.ben)
        self.assertEqual(self.program.get(self.path).status_code, 404)
        self.ben.account.is_active = False
        self.ben.account.save()
        self.assertEqual(self.program.get(f"/calendar/{newer}.ics").status_code, 404)

    def test_is_throttled_where_secrets_are_tried(self) -> None:
        for _turn in range(10):
            self.assertEqual(self.program.get("/calendar/guess.ics").status_code, 404)
        self.assertEqual(self.program.get("/calendar/guess.ics").status_code, 429)
        self.assertEqual(self.program.get(self.path).status_code, 200)
