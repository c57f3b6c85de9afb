"""From the meeting to the lesson: what the room, the clocks, other sites, the CISO and the committee see from 02:47 on."""

from __future__ import annotations

import csv
import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.night_reported import FACTS
from tests.nightly import HAFIZ, MAIL, TITLE, Night, entry_in, text

LIVE_SECONDS = 2.0
BRIDGE = "https://bridge.example/7"
SUPPLIER = "support@line-controls.example"
INVITED = {
    "IT": f"khadijah.mokhtar{MAIL}",
    "OT": f"ang.chee.leong{MAIL}",
    "legal": f"legal{MAIL}",
    "supplier": SUPPLIER,
}
IT, OT = "A0001029", "A0001139"
LOADER = "6b1f0a6d6c6d0b4d4b3f8a57e3c1f0a2d94e7c5b8a19f3e2d1c0b9a8f7e6d5c4"
TRACES = f"Beacons to 198.51.100.23:8443, resolved from hmi-patch[.]example; loader {LOADER}."
DECIDED = "Line 4 keeps running; its network is cut."
QUESTION = "Did any engineering station of yours reach hmi-patch[.]example since 1 November?"
LESSON = "Remote help is off by default"


class Answered(Night):
    code: str
    before: dict[str, str]

    def calls_a_meeting(self) -> None:
        """One act invites IT, OT, legal and the supplier; each gets an entry for the calendar."""
        hafiz = self.at_desk(HAFIZ, at=f"{self.address}room/")
        hafiz.locator("#do-meeting").click()
        self.does(hafiz, others=f"{IT}, {OT}, {INVITED['legal']}, {SUPPLIER}", bridge=BRIDGE, begins="03:00",
                  about="Spread, clean image for line 5, what customers are told")  # fmt: skip
        for address in INVITED.values():
            mail = self.gets(address, lambda mail: "BEGIN:VCALENDAR" in text(mail), "no invitation came")
            entry = entry_in(mail)
            self.assertEqual(entry["DTSTART"].dt, datetime(2025, 11, 14, 19, tzinfo=UTC))
            self.assertEqual((str(entry["LOCATION"]), str(entry["ATTENDEE"])), (BRIDGE, f"mailto:{address}"))
            self.assertNotIn("line 5, Penang", str(mail["Subject"]))
        self.room(hafiz)
        expect(hafiz.locator("#bridge")).to_have_attribute("href", BRIDGE)

    def works_in_one_room(self) -> None:
        """Tasks, a decision, what is touched, traces, evidence and cost: all on one page, live on the CISO's phone."""
        hafiz, ada = self.at_desk(HAFIZ), self.on_phone("ada")
        self.acts(hafiz, "respond")
        self.room(ada)
        self.room(hafiz)
        hafiz.locator("#task-playbook").click()
        hafiz.get_by_role("button", name=self.words["playbook"]).click()
        expect(ada.locator("#room-tasks")).to_contain_text(self.words["tasks"])
        self.decides(hafiz, ada)
        self.names_what_is_touched(hafiz)
        self.keeps_traces_and_evidence(hafiz)
        self.acts(hafiz, "record-cost", what="Line 5 stands", amount="92000", currency="USD")
        expect(ada.locator("#room-touched")).to_contain_text(self.words["amount"])
        for says in ("MES-PEN2", "line 5", self.words["site"]):
            expect(ada.locator("#room-touched")).to_contain_text(says)
        expect(ada.locator("#room-indicators")).to_contain_text("198[.]51[.]100[.]23")
        self.room(ada)
        expect(ada.locator("#evidence")).to_contain_text(self.words["hafiz"])

    def decides(self, hafiz: Page, ada: Page) -> None:
        hafiz.locator("#enter-says").fill(DECIDED)
        hafiz.locator("#enter-kind").select_option("decision")
        hafiz.locator("#enter-reason").fill("No sign of spread in two checks")
        hafiz.locator("#enter button").click()
        began = time.monotonic()
        expect(ada.locator("#timeline")).to_contain_text(DECIDED)
        self.assertLess(time.monotonic() - began, LIVE_SECONDS)
        expect(ada.locator("#timeline")).to_contain_text(self.words["reason"])

    def names_what_is_touched(self, hafiz: Page) -> None:
        hafiz.locator("#touched-change").click()
        hafiz.get_by_label("MES-PEN2").check()
        self.does(hafiz, lines="line 5")

    def keeps_traces_and_evidence(self, hafiz: Page) -> None:
        self.room(hafiz)
        hafiz.locator("#indicators-add").click()
        hafiz.locator("textarea[name=text]").fill(TRACES)
        hafiz.get_by_role("button", name=self.words["look"]).click()
        hafiz.get_by_role("button", name=self.words["add"]).click()
        self.room(hafiz)
        hafiz.get_by_role("link", name=self.words["object"]).click()
        self.does(hafiz, title="Disk of station ENG-5", serial="S4X9", seal="0417", whereabouts="Safe of the plant",
                  purpose="Image for the laboratory")  # fmt: skip
        self.room(hafiz)
        expect(hafiz.locator("#evidence")).to_contain_text(self.words["seal"])

    def rises_and_arms_its_clocks_anew(self) -> None:
        """02:55: supply to a customer is interrupted; the clock that the rise arms anew ends at 03:25."""
        hafiz, ada = self.at_desk(HAFIZ), self.on_phone("ada")
        self.room(ada)
        hafiz.goto(f"{self.address}classify/")
        self.does(hafiz, outage_hours="1", tolerable_hours="2", **FACTS, supply_interrupted="yes", sites="1", level="",
                  reason="")  # fmt: skip
        expect(ada.locator("#timeline")).to_contain_text(self.words["raised"])
        expect(ada.locator("#room-why h2")).to_have_text(self.words["why S3"])
        rise = ada.locator("#clocks tr").filter(has_text=self.words["rise"])
        expect(rise).to_contain_text(self.words["at 03:25"])
        expect(rise).to_contain_text(self.words["left"])
        for whom in ("C-0148", "C-0031", "C-0205"):
            expect(ada.locator("#clocks")).to_contain_text(whom)
        self.fits(ada)

    def tells_with_proof(self) -> None:
        """03:10: one customer is told by mail, with proof; what the second is told is approved, the third's is a draft."""
        hafiz, ada = self.at_desk(HAFIZ), self.on_phone("ada")
        notice = self.drafted(hafiz, "C-0148")
        self.approved(ada, notice)
        hafiz.goto(notice)
        hafiz.get_by_role("link", name=self.words["mail"]).click()
        self.does(hafiz)
        mail = self.gets("security@c-0148.example", lambda mail: True, "no notice came")
        self.assertIn("Notice of a cybersecurity incident", str(mail["Subject"]))
        self.approved(ada, self.drafted(hafiz, "C-0031"))
        self.drafted(hafiz, "C-0205")

    def drafted(self, hafiz: Page, whom: str) -> str:
        """The path of the notice to `whom`, every content of it written."""
        hafiz.goto(f"{self.address}clocks/")
        hafiz.locator("table.kw-clocks a.kw-b").filter(has_text=whom).first.click()
        hafiz.get_by_role("link", name=self.words["draft"]).click()
        self.does(hafiz, language="en")
        hafiz.get_by_role("link", name=self.words["write"], exact=True).click()
        for field in hafiz.locator("main textarea").all():
            if not field.input_value():
                field.fill("Nothing more is known yet.")
        hafiz.get_by_role("button", name=self.words["keep"]).click()
        expect(hafiz.locator("main")).to_contain_text(self.words["complete"])
        return "/" + re.sub(r"\?.*", "", hafiz.url).split("/", 3)[3]

    def approved(self, ada: Page, notice: str) -> None:
        ada.goto(notice)
        self.fits(ada)
        ada.get_by_role("link", name=self.words["approve"], exact=True).click()
        self.does(ada)

    def asks_other_sites(self) -> None:
        """Two sites are asked; one answers from its own list of what is due."""
        ada = self.on_phone("ada", at=f"{self.address}ask/")
        ada.locator("#says").fill(QUESTION)
        ada.locator("#until").fill("06:30")
        for site in ("KHH1", "KHH2"):
            ada.locator(f"input[name=site][value={site}]").check()
        ada.get_by_role("button", name=self.words["ask"]).click()
        expect(ada.locator("#room-exposed")).to_contain_text(self.words["asked"])
        ben = self.at_desk("ben", at="/due/")
        ben.get_by_role("link", name=re.compile(self.words["exposed"], re.IGNORECASE)).first.click()
        expect(ben.locator("main")).to_contain_text(QUESTION)
        self.does(ben, exposed="not_exposed", reason="Proxy and firewall show none.")
        expect(ada.locator("#room-exposed")).to_contain_text(self.words["answered"])

    def is_seen_by_the_ciso_on_the_phone(self) -> None:
        """05:00: what is drafted, approved and sent stands on one page of the phone, and the proof of what was sent."""
        ada = self.on_phone("ada", at=f"{self.address}clocks/")
        self.fits(ada)
        every = self.words["steps"].split(",")
        done = {"C-0148": every, "C-0031": every[:2], "C-0205": every[:1]}
        ada.locator("details.kw-clocks-done summary").click()
        for whom, steps in done.items():
            row = ada.locator("table.kw-clocks tr").filter(has=ada.get_by_role("link", name=whom))
            expect(row.locator(".kw-steps b")).to_have_text(steps)
        sent = ada.locator("table.kw-clocks tr").filter(has=ada.get_by_role("link", name="C-0148"))
        sent.get_by_role("link", name=self.words["sent"]).click()
        expect(ada.locator("main")).to_contain_text("security@c-0148.example")
        expect(ada.locator("main")).to_contain_text(self.words["ada"])
        self.fits(ada)

    def ends_with_a_review(self) -> None:
        """Contained, recovered, reviewed in four parts, closed; the lesson is an action in the list of who owes it."""
        hafiz, ada = self.at_desk(HAFIZ), self.on_phone("ada")
        self.acts(hafiz, "contain", at="2025-11-15 06:10")
        self.acts(hafiz, "recover", at="2025-11-16 09:00")
        self.acts(hafiz, "begin-review")
        for owner in ("A0000001", "A0001015"):
            self.acts(ada, "raise-lesson", what=LESSON, to=owner, until="2025-12-15")
        self.acts(
            ada,
            "decide-materiality",
            basis="One line for three hours, no customer's data",
        )
        self.acts(hafiz, "close", review="A loader came by remote help.", causes="Remote help was on for everybody.",
                  worked="The line was cut off within the hour.", failed="The first on duty did not answer.")  # fmt: skip
        self.room(ada)
        for says in (LESSON, "Remote help was on for everybody.", "The first on duty did not answer."):
            expect(ada.locator("#room-lessons")).to_contain_text(says)
        for owner in (hafiz, ada):
            owner.goto("/due/")
            expect(owner.locator("main")).to_contain_text(LESSON)

    def figures(self) -> dict[str, str]:
        """The figures of the site as the Board's reader takes them out."""
        cleo = self.at_desk("cleo", at="/incident-figures/?unit=PEN2")
        self.fits(cleo)
        expect(cleo.locator("main")).not_to_contain_text(TITLE)
        told = cleo.request.get("/incident-figures/take-out.csv?unit=PEN2").text().lstrip("\ufeff")
        rows = csv.DictReader(told.splitlines())
        return {row["figure"]: row["value"] for row in rows if (row["unit"], row["by"]) == ("PEN2", "unit")}

    def is_counted_for_the_committee(self) -> None:
        """One incident more, one of S3 and S4 more, none material: counts without a name."""
        now = self.figures()
        for name, more in (("incidents.reported", 1), ("incidents.major", 1), ("incidents.material", 0)):
            self.assertEqual(int(now[name]) - int(self.before[name]), more, name)

    def answers_the_operator(self) -> None:
        """The code of the wall still opens what was told."""
        page = self.opened((390, 844), java_script_enabled=False).new_page()
        page.goto("/report/answer/?lang=ms")
        page.locator("#code").fill(self.code)
        page.locator("main form button").click()
        expect(page.locator("main")).to_contain_text("barisan 5")
