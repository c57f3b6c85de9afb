"""The one search finds what stands in timelines, for whoever may read that very entry, and leads into the room."""

from __future__ import annotations

import re

from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.tests.test_marks import FOR_GROUP, FOR_NAMED, Widened
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.search.models import Entry, Unindexed
from tests.cast import TELLER

KIND = "incidents.timelineentry"
NONSENSE = "Nobodysaidthis"
SECRET = re.compile(r'value="\w{64}"|nonce="[^"]+"|nonce-[\w-]+')


class Searching(Widened, TestCase):
    def scene(self) -> None:
        super().scene()
        catch_up()

    def page(self, words: str, by: Person, more: str = "") -> str:
        """The page of the search, what is made anew each time and the words themselves taken out."""
        self.sign_in(by)
        text = SECRET.sub("", self.client.get(f"/search/?q={words}{more}").content.decode())
        return text.replace(words, "…").replace(words.lower(), "…")

    def hits(self, words: str, by: Person, more: str = "") -> dict[str, str]:
        """Which entries programs find by `words`, each with where it leads."""
        self.sign_in(by)
        found = self.client.get(f"/api/search?q={words}{more}&register=timeline-entries").json()
        return {hit["id"]: hit["url"] for group in found for hit in group["hits"]}

    def test_is_for_who_may_read_the_entry(self) -> None:
        everybody = (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam, self.gina, self.faye)
        for entry, words in ((self.red, FOR_NAMED), (self.strict, FOR_GROUP), (self.plain, "stands")):
            word = words.split()[0]
            for who in everybody:
                with self.subTest(f"{word} {who.name}"):
                    is_read = who.name in self.readers(entry)
                    self.assertEqual(str(entry.pk) in self.hits(word, who), is_read)
                    self.assertEqual(f"timeline-entries-{entry.pk}" in self.page(word, who), is_read)

    def test_shows_no_trace_of_what_is_kept_from_the_reader(self) -> None:
        for word, who in (("Cinnabar", self.gina), ("Cinnabar", self.faye), ("Cobalt", self.faye),
                          ("Cobalt", self.sam)):  # fmt: skip
            for more in ("", "&in=timeline-entries", "&retired=yes"):
                self.assertEqual(
                    self.page(word, who, more), self.page(NONSENSE, who, more), (word, who, more)
                )

    def test_follows_a_mark_at_once(self) -> None:
        self.assertEqual(self.hits("Cinnabar", self.gina), {})
        rules.mark_entry(self.red, by=self.ada, tlp=Incident.Tlp.AMBER, reason="The press knows.")
        self.assertIn(str(self.red.pk), self.hits("Cinnabar", self.gina))
        catch_up()
        rules.mark_entry(
            TimelineEntry.objects.get(pk=self.plain.pk), by=self.ada, tlp=Incident.Tlp.RED, reason="Names."
        )
        self.assertEqual(self.hits("stands", self.gina), {})

    def test_takes_earlier_words_for_retired(self) -> None:
        further = rules.timeline.correct(self.plain, by=self.gina, says="Line 4 halts")
        catch_up()
        self.assertEqual(set(self.hits("halts", self.gina)), {str(further.pk)})
        self.assertEqual(self.hits("stands", self.gina), {})
        self.assertEqual(set(self.hits("stands", self.gina, "&retired=true")), {str(self.plain.pk)})

    def test_reads_reasons_sources_and_what_acts_wrote_in_both_languages(self) -> None:
        told = rules.enter(
            self.incident,
            by=self.gina,
            says="We isolate",
            kind="decision",
            reason="Vermilion",
            source="Ultramarine",
        )
        act = self.incident.timeline.filter(verb="mark").latest("number")
        catch_up()
        for word in ("Vermilion", "Ultramarine", "isolate"):
            self.assertEqual(set(self.hits(word, self.gina)), {str(told.pk)}, word)
        in_chinese = Entry.objects.get(kind=KIND, record_id=act.pk)
        self.assertRegex(str(in_chinese.tokens), r"[\u4e00-\u9fff]")

    def test_leads_to_the_page_of_the_room_that_begins_with_it(self) -> None:
        for number in range(120):
            rules.enter(self.incident, by=self.gina, says=f"Later {number}")
        where = self.hits("stands", self.gina)[str(self.plain.pk)]
        path, _hash, anchor = where.partition("#")
        page = self.client.get(path)
        self.assertContains(page, f'id="{anchor}"')
        self.assertNotContains(page, "Later 3")
        rules.timeline.correct(self.plain, by=self.gina, says="Line 4 halts")
        catch_up()
        (where,) = self.hits("stands", self.gina, "&retired=true").values()
        self.assertContains(self.client.get(where), "Line 3 stands")

    def test_is_written_anew_with_the_place_of_its_incident_and_not_with_its_title(self) -> None:
        waiting = Unindexed.objects.filter(kind=KIND)
        incident = Incident.objects.get(pk=self.incident.pk)
        with acting(TELLER, "story.rename"):
            incident.title = "Another title"
            incident.save()
        catch_up()
        self.assertEqual(Entry.objects.filter(kind=KIND).count(), TimelineEntry.objects.count())
        self.assertEqual(waiting.count(), 0)
        with acting(TELLER, "story.move"):
            incident.unit = self.pen1
            incident.save()
        self.assertEqual(waiting.count(), self.incident.timeline.count())
        catch_up()
        units = Entry.objects.filter(kind=KIND).values_list("unit_id", flat=True)
        self.assertEqual(set(units), {self.pen1.pk})
