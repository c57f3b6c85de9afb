"""What does not fit in a case to reckon: where it stands, and in one sentence what to do. As in faults.py the sentences
are English with their facts apart; what a case has in common with rules stands there."""

from __future__ import annotations

NO_CASE = 'The file holds no case; it begins with {"units": …, "events": …}.'
STRAY_IN_CASE = '"%(value)s" is no part of a case; there are %(known)s.'
TOO_FAR = "A moment or a term lies beyond the years that can be reckoned; correct the dates."
MANY_RULES = "%(file)s is larger than %(most)s MB; rules are a few hundred lines at most."
MANY_LINES = "%(file)s is larger than %(most)s MB; a case is a few thousand lines at most."
UNREADABLE = "%(file)s cannot be read: %(why)s."
NO_UTF8 = "%(file)s is not UTF-8 text; save it as UTF-8."
NO_JSON = "%(file)s is not JSON (line %(line)s); correct it there."
NESTED = "%(file)s is not JSON that can be read: its lists lie too deep within each other; take some apart."

NO_ENTRY = "%(where)s: give a list with at least one entry."
NO_LIST = "%(where)s: give a list."
TOO_MANY = "%(where)s: %(count)s are too many; %(most)s can be reckoned at once."
NO_TABLE = "%(where)s: write each as {…}."

NO_CODE = '%(where)s: a unit has a code; write it as a text, as "MSH".'
SAME_CODE = 'units: "%(value)s" stands there twice; give each unit its own code.'
BAD_ATTRIBUTES = '%(where)s: attributes are a list, as ["listed_on_TWSE"].'

NO_IDS = 'rules: give a list of ids, as ["gdpr-33"].'
NO_SUCH_ID = (
    '%(where)s: no rule has the id "%(value)s"; write that of a shipped rule, or of one under own_rules.'
)

BAD_FACTORS = 'factors: write them as {"personal_data": true, …}.'
FACTOR = "factors, %(name)s (%(asks)s)"
SAY_WHETHER = "%(where)s: say true or false, not %(value)s."
SAY_HOW_MUCH = "%(where)s: give a number, not %(value)s."
NEVER = "%(where)s: %(value)s cannot be; give a number from 0 to 1,000,000,000,000,000."

NO_UNIT = '%(where)s: no unit of the case has the code "%(value)s"; name one of those under units.'
NO_UNTIL = "%(where)s: say until when the recipient agreed, as until."
NO_CHANGE = "%(where)s: say to which level it changed, as level or national_level."
NO_LEVEL = "%(where)s: %(value)s is no level; there are %(least)s to %(most)s."
NO_MOMENT = "%(where)s: write the moment as 2026-06-18T15:10:00+08:00, not %(value)s."
NO_ZONE = "%(where)s: %(value)s has no zone; write it as %(value)s+08:00 or %(value)sZ."
FAR_MOMENT = "%(where)s: %(value)s lies outside the years 1990 to 2100; correct it."

SET_BY_REGIME = "%(where)s: the term of %(value)s is set by its regime; a contract cannot change it."
NAME_CALENDAR = "%(where)s: the clause counts business days; name the calendar."

BAD_CALENDARS = 'calendars: write them as {"TWSE": {"closed": ["2026-06-19"]}}.'
BAD_CALENDAR = '%(where)s: write it as {"closed": ["2026-06-19"]}.'
STRAY_IN_CALENDAR = '%(where)s: "%(value)s" is no part of a calendar; there are %(known)s.'
NO_DAYS = "%(where)s: closed and opened are lists of days."
NO_WEEKEND = '%(where)s: weekend lists days of the week, as ["Saturday", "Sunday"].'
NO_DAY = "%(where)s: write each day as 2026-06-19, not %(value)s."
NO_BASE = (
    'No calendar is kept under "%(value)s"; write an exchange as TWSE, a country as DE or a part as DE-BY.'
)
NO_OPEN_DAY = "A calendar has at least one day of the week on which it is open; leave one out of its weekend."
NO_BUSINESS_DAY = (
    "The calendar %(value)s has no business day within %(most)s days after %(day)s; correct its closures."
)
SENTENCES = (
    NO_CASE, STRAY_IN_CASE, TOO_FAR, MANY_RULES, MANY_LINES, UNREADABLE, NO_UTF8, NO_JSON, NESTED, NO_ENTRY, NO_LIST, TOO_MANY,
    NO_TABLE, NO_CODE, SAME_CODE, BAD_ATTRIBUTES, NO_IDS, NO_SUCH_ID, BAD_FACTORS, FACTOR, SAY_WHETHER, SAY_HOW_MUCH, NEVER,
    NO_UNIT, NO_UNTIL, NO_CHANGE, NO_LEVEL, NO_MOMENT, NO_ZONE, FAR_MOMENT, SET_BY_REGIME, NAME_CALENDAR,
    BAD_CALENDARS, BAD_CALENDAR, STRAY_IN_CALENDAR, NO_DAYS, NO_WEEKEND, NO_DAY, NO_BASE, NO_OPEN_DAY, NO_BUSINESS_DAY,
)  # fmt: skip
"""Every sentence that says what does not fit in a case."""

LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """What somebody wrote, as a sentence repeats it: in one line, cut where it is long."""
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def quoted(value: object) -> str:
    """The same, with a text in quotation marks."""
    return shown(repr(value))
