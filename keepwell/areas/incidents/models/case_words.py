"""What does not fit in a case to reckon, and what a rule asks when its file is checked: as the kernel says it, marked here
to be put into the reader's language. A test holds it against the kernel."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop('The file holds no case; it begins with {"units": …, "events": …}.'),
    gettext_noop('"%(value)s" is no part of a case; there are %(known)s.'),
    gettext_noop("A moment or a term lies beyond the years that can be reckoned; correct the dates."),
    gettext_noop("%(file)s is larger than %(most)s MB; rules are a few hundred lines at most."),
    gettext_noop("%(file)s is larger than %(most)s MB; a case is a few thousand lines at most."),
    gettext_noop("%(file)s cannot be read: %(why)s."),
    gettext_noop("%(file)s is not UTF-8 text; save it as UTF-8."),
    gettext_noop("%(file)s is not JSON (line %(line)s); correct it there."),
    gettext_noop(
        "%(file)s is not JSON that can be read: its lists lie too deep within each other; take some apart."
    ),
    gettext_noop("%(where)s: give a list with at least one entry."),
    gettext_noop("%(where)s: give a list."),
    gettext_noop("%(where)s: %(count)s are too many; %(most)s can be reckoned at once."),
    gettext_noop("%(where)s: write each as {…}."),
    gettext_noop('%(where)s: a unit has a code; write it as a text, as "MSH".'),
    gettext_noop('units: "%(value)s" stands there twice; give each unit its own code.'),
    gettext_noop('%(where)s: attributes are a list, as ["listed_on_TWSE"].'),
    gettext_noop('rules: give a list of ids, as ["gdpr-33"].'),
    gettext_noop(
        '%(where)s: no rule has the id "%(value)s"; write that of a shipped rule, or of one under own_rules.'
    ),
    gettext_noop('factors: write them as {"personal_data": true, …}.'),
    gettext_noop("factors, %(name)s (%(asks)s)"),
    gettext_noop("%(where)s: say true or false, not %(value)s."),
    gettext_noop("%(where)s: give a number, not %(value)s."),
    gettext_noop("%(where)s: %(value)s cannot be; give a number from 0 to 1,000,000,000,000,000."),
    gettext_noop('%(where)s: no unit of the case has the code "%(value)s"; name one of those under units.'),
    gettext_noop("%(where)s: say until when the recipient agreed, as until."),
    gettext_noop("%(where)s: say to which level it changed, as level or national_level."),
    gettext_noop("%(where)s: %(value)s is no level; there are %(least)s to %(most)s."),
    gettext_noop("%(where)s: write the moment as 2026-06-18T15:10:00+08:00, not %(value)s."),
    gettext_noop("%(where)s: %(value)s has no zone; write it as %(value)s+08:00 or %(value)sZ."),
    gettext_noop("%(where)s: %(value)s lies outside the years 1990 to 2100; correct it."),
    gettext_noop("%(where)s: the term of %(value)s is set by its regime; a contract cannot change it."),
    gettext_noop("%(where)s: the clause counts business days; name the calendar."),
    gettext_noop('calendars: write them as {"TWSE": {"closed": ["2026-06-19"]}}.'),
    gettext_noop('%(where)s: write it as {"closed": ["2026-06-19"]}.'),
    gettext_noop('%(where)s: "%(value)s" is no part of a calendar; there are %(known)s.'),
    gettext_noop("%(where)s: closed and opened are lists of days."),
    gettext_noop('%(where)s: weekend lists days of the week, as ["Saturday", "Sunday"].'),
    gettext_noop("%(where)s: write each day as 2026-06-19, not %(value)s."),
    gettext_noop(
        'No calendar is kept under "%(value)s"; write an exchange as TWSE, a country as DE or a part as '
        "DE-BY."
    ),
    gettext_noop(
        "A calendar has at least one day of the week on which it is open; leave one out of its weekend."
    ),
    gettext_noop(
        "The calendar %(value)s has no business day within %(most)s days after %(day)s; correct its closures."
    ),
)
"""Every sentence that says what does not fit in a case."""

FACTS = (
    gettext_noop("the group's severity, 0 (S0) to 4 (S4)"),
    gettext_noop("the level by Taiwan's Cyber Security Management Act, 1 to 4"),
    gettext_noop("the incident asks to tell somebody outside the group"),
)
"""Facts that are asked in these words by a file alone."""

ASKED = (
    gettext_noop("%(rule)s (%(regime)s) is a rule of your own."),
    gettext_noop("%(rule)s (%(regime)s) takes the place of the shipped text."),
    gettext_noop("It binds the unit at which the incident lies."),
    gettext_noop("It binds the unit at which the incident lies in %(countries)s."),
    gettext_noop("It binds units with the attribute %(attribute)s."),
    gettext_noop("It binds units with the attribute %(attribute)s in %(countries)s."),
    gettext_noop("It is triggered if %(conditions)s."),
    gettext_noop("Every incident triggers it."),
    gettext_noop("%(stage)s: %(recipient)s is told %(terms)s, from when %(event)s."),
    gettext_noop(" and "),
    gettext_noop(" or "),
    gettext_noop(", "),
    gettext_noop("not so: %(fact)s"),
    gettext_noop("%(fact)s, is %(comparison)s %(value)s"),
    gettext_noop("%(term)s at level %(level)s"),
    gettext_noop("%(term)s if %(condition)s"),
    gettext_noop("Its texts are there in further languages: %(languages)s."),
    gettext_noop("within %(n)s minutes"),
    gettext_noop("within %(n)s hours"),
    gettext_noop("within %(n)s days"),
    gettext_noop("within %(n)s months"),
    gettext_noop("within %(n)s business days"),
    gettext_noop("by the end of the day"),
    gettext_noop("before the next business day begins"),
    gettext_noop("%(n)s hours before the market opens"),
)
"""What a rule asks, as its file is checked."""
