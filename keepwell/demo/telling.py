"""What was seen, done and told in each incident of the invented group, what it cost, and what was learned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from keepwell.demo.dice import Dice


class Moments(NamedTuple):
    """When an incident went from step to step, by the clocks of its site."""

    happened: datetime
    detected: datetime
    reported: datetime
    taken: datetime
    contained: datetime
    recovered: datetime
    closed: datetime


class Entry(NamedTuple):
    """One line of its log."""

    at: datetime
    kind: str
    says: str


class Cost(NamedTuple):
    """What it cost, in the money of its country."""

    amount: Decimal
    currency: str
    purpose: str


class Review(NamedTuple):
    """What was written at its end, and what is to be done since."""

    happened: str
    causes: str
    worked: str
    failed: str
    lesson: str


# type: what was seen, what was done at once, what ended it
TOLD = {
    "phishing": (
        ("Two people forward the mail and ask whether it is true.", "The mail gateway shows it in 14 mailboxes."),
        ("Mail taken out of every mailbox; its page blocked at the proxy.",
         "Passwords of who typed are set anew, their sessions ended."),
        "No sign-in from outside with these names in seven days of logs."),
    "infected-system": (
        ("The agent reports a process that writes to every share it finds.",
         "The machine is slow; its user calls the help desk."),
        ("Unplugged by the shift, left running for its memory.",
         "Its accounts are locked; hash blocked at all endpoints of the site."),
        "Set up anew from the image of the month; a scan of the floor finds no other."),
    "unprivileged-account-compromise": (
        ("Two sign-ins that no traveller can make.", "Colleagues ask about a mail that its sender never wrote."),
        ("All sessions of the account ended, password and second factor set anew.", "A rule that forwarded mail is taken out."),
        "Thirty days of sign-ins looked through; one mailbox was read, none other."),
    "data-leak": (
        ("The recipient calls: the drawing is not theirs.", "A search engine shows a folder of the site."),
        ("Link closed; the recipient confirms in writing that nothing was kept.", "Log of who read the folder is kept."),
        "Owner of the data has looked through the list; legal has its copy."),
    "outage": (
        ("Labels no longer print; the line writes them by hand.", "Monitoring shows the service down."),
        ("The update is taken back.", "Service runs from the second node."),
        "Runs since a day without a fault; the maker has the case."),
    "brute-force": (
        ("4,000 wrong passwords in an hour, from 61 addresses.",), ("Addresses blocked, lockout made stricter for a day.",),
        "No sign-in succeeded."),
    "social-engineering": (
        ("The caller knows names of two teams and asks for a list.", "Somebody without a badge stands at the lockers."),
        ("Reception and shift leaders told whom to call.",), "Cameras and call logs looked through; nothing was given out."),
    "system-compromise": (
        ("A file that nobody put there answers on the portal.", "A tool for stealing passwords starts on a jump host."),
        ("Host cut from the network, its disk copied.", "All passwords that were used there are set anew."),
        "Built anew behind the gateway; its logs show no way further in."),
    "ransomware": (
        ("Files have a new ending; a note lies beside them.",),
        ("Shares between the sites cut; the backup taken off the network.", "The note is kept; nobody answers it."),
        "Restored from the backup of the night before; every file was counted."),
    "ddos": (("The web site answers one call in ten.",), ("The provider filters; the page is served from the cache.",),
             "Traffic as on any other day since six hours."),
    "masquerade": (("Finance asks whether the director has a second number.",),
                   ("Transfer stopped; the bank is told.", "The network takes the profile down."), "No money left."),
}  # fmt: skip
TOLD_GROUP = "The group's duty officer is told by phone."
STANDS = "The line stands; the plant manager is in the call."
COSTS = (
    "Overtime of the site and of IT",
    "Standstill, reckoned by the plant",
    "Forensics by the house that is under contract",
)
CHANCE_OF_COST = {0: 0, 1: 6, 2: 65, 3: 100, 4: 100}
"""Of a hundred incidents of each level, so many cost something worth telling."""
THOUSANDS_TWD = {1: (8, 60), 2: (30, 700), 3: (600, 7_800), 4: (9_000, 40_000)}
# country: its money, and what a dollar of Taiwan is in it
MONEY = {"TW": ("TWD", "1"), "MY": ("MYR", "0.14"), "SG": ("SGD", "0.042"), "KR": ("KRW", "44"), "JP": ("JPY", "4.8"),
         "CN": ("CNY", "0.23"), "MX": ("MXN", "0.6"), "US": ("USD", "0.032")}  # fmt: skip
REVIEWS = (
    Review("Found by a person within the hour; the rule that would have seen it earlier is on since.",
           "The rule was written for servers alone.", "Who saw it called at once.", "Nobody read the alerts of the weekend.",
           "Let the rule hold for engineering stations too"),
    Review("The cause was an account that nobody had ended; the monthly list is now checked by the site.",
           "People of suppliers leave without a word to the site.", "The playbook named the right people.",
           "The list of accounts was three months old.", "Ask every supplier each month who is still with them"),
    Review("The response went by the playbook; the phone list was out of date and is mended.",
           "Two had changed their number since the last drill.", "The second in line answered after four minutes.",
           "The first two calls went nowhere.", "Check the phone list of the site every quarter"),
    Review("The update had not reached the machine; it is on the list of exceptions no more.",
           "The exception had no end.", "The line was cut off within minutes of the call.",
           "Nobody had looked at the exception for two years.", "Give every exception an end and an owner"),
)  # fmt: skip


def log(kind: str, level: int, at: Moments, dice: Dice) -> Iterator[Entry]:
    """What its timeline tells between the report and the end; the graver, the more."""
    seen, done, over = TOLD[kind]
    yield Entry(at.detected, "observed", dice.pick(seen))
    for number, says in enumerate(done if level else done[:1], start=1):
        yield Entry(at.taken + (at.contained - at.taken) * number / 4, "action", says)
    if level >= 2:
        yield Entry(at.taken + timedelta(minutes=12), "communication", TOLD_GROUP)
    if level >= 3:
        yield Entry(at.taken + timedelta(minutes=31), "observed", STANDS)
    if level:
        yield Entry(at.contained + (at.recovered - at.contained) / 2, "observed", over)


def cost(country: str, level: int, dice: Dice) -> Cost | None:
    """What it cost; None where nobody reckoned it."""
    if dice.between(1, 100) > CHANCE_OF_COST[level]:
        return None
    currency, rate = MONEY[country]
    amount = Decimal(dice.between(*THOUSANDS_TWD[level]) * 1_000) * Decimal(rate)
    return Cost(Decimal(round(amount / 10) * 10), currency, dice.pick(COSTS))
