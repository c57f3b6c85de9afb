"""What does not fit in own rules, as the kernel says it, marked here to be put into the reader's language. A test holds
it against the kernel."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Line %(line)s: %(says)s"),
    gettext_noop('The file holds no rule; it begins with "rules:" and a list, or with "- id: own-…".'),
    gettext_noop("%(value)s is nothing that a rule holds; write texts, numbers, lists and tables."),
    gettext_noop("A text holds signs that cannot be kept; take them out."),
    gettext_noop("Give a list with at least one rule."),
    gettext_noop("%(count)s rules are too many; %(most)s can be brought in at once."),
    gettext_noop("%(where)s: two rules have this id; give each its own, or bring in one after the other."),
    gettext_noop("%(where)s: two rules have this id; give each its own, or one an end."),
    gettext_noop("rule %(number)s: a rule has an id."),
    gettext_noop("%(where)s…: an id has %(most)s signs at most."),
    gettext_noop(
        '%(where)s: the id of an own rule begins with "own-" and has small letters, digits and - only.'
    ),
    gettext_noop(
        '%(where)s: a shipped rule has this id; write "replaces: true" if this text takes '
        'its place, else choose an id that begins with "own-".'
    ),
    gettext_noop(
        '%(where)s: it replaces a shipped rule, and none has this id; leave "replaces" out, '
        "or correct the id."
    ),
    gettext_noop("%(where)s: name the regime, as the law with its article, or the policy."),
    gettext_noop(
        "%(where)s: name the jurisdiction: two letters of a country, EU, contract, or group "
        "for a rule of our own."
    ),
    gettext_noop("%(where)s: say who is told."),
    gettext_noop(
        '%(where)s: "%(value)s" is no jurisdiction; name the jurisdiction: two letters of a '
        "country, EU, contract, or group for a rule of our own."
    ),
    gettext_noop("%(where)s: %(count)s signs are too many; %(most)s fit."),
    gettext_noop("%(where)s: %(count)s are too many; %(most)s fit."),
    gettext_noop("%(where)s: each is a text of 1 to %(most)s signs."),
    gettext_noop("%(where)s: the name of a stage has %(most)s signs at most."),
    gettext_noop(
        '%(where)s: no calendar is called "%(value)s"; write an exchange as TWSE, a country '
        "as DE, or the code of a business calendar of your own."
    ),
    gettext_noop(
        "%(where)s: %(value)s is by contract; record the clause with its term, or write "
        "always and name the contract under regime."
    ),
    gettext_noop(
        '%(where)s: "%(value)s" is nothing by which a unit is bound; write always, or one of %(known)s.'
    ),
    gettext_noop("%(where)s: %(fault)s"),
    gettext_noop('%(where)s: "%(value)s" is no part of a rule; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no part of a condition; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no part of a stage; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no part of a start; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no kind of event; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no factor; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no comparison; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no kind of duty; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no audience; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no channel; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is not how it was verified; there are %(known)s.'),
    gettext_noop("%(where)s: %(part)s is a list."),
    gettext_noop("%(where)s: %(part)s is a text, not a list or a table."),
    gettext_noop("%(where)s: %(part)s is true or false, not %(value)s."),
    gettext_noop('%(where)s: write the day as 2026-01-05, not "%(value)s".'),
    gettext_noop("%(where)s: an edition is a number from 1 on, not %(value)s."),
    gettext_noop('No time zone is called "%(value)s"; write it as Asia/Taipei.'),
    gettext_noop('"%(value)s" is no country of ISO 3166; give its two letters, as TW.'),
    gettext_noop("%(where)s: it ends on %(until)s, before it begins on %(since)s; correct one of the days."),
    gettext_noop("%(where)s: its deadline counts business days; name the calendar."),
    gettext_noop('%(where)s: conditions are joined by "all" or "any", not "%(value)s".'),
    gettext_noop("%(where)s: write a condition as {factor, is, value} or {event}."),
    gettext_noop("%(where)s: it is asked whether it is so; compare with true or false, not %(value)s."),
    gettext_noop('%(where)s: what is so or not so is compared with "=" alone, not "%(value)s".'),
    gettext_noop("%(where)s: it is asked how much; compare with a number, not %(value)s."),
    gettext_noop("%(where)s: %(value)s is outside %(least)s to %(most)s."),
    gettext_noop("%(where)s: %(value)s cannot be; compare with 0 or more."),
    gettext_noop("%(where)s: a rule has at least one stage."),
    gettext_noop('%(where)s: two stages are called "%(value)s"; give each its own name.'),
    gettext_noop("%(where)s: write a stage as {stage, start, deadline}."),
    gettext_noop("%(where)s: give it a deadline, or an internal one where the regime sets none."),
    gettext_noop("%(where)s: write the texts by language, as {zh-hant: {recipient: …}}."),
    gettext_noop('%(where)s: "%(value)s" is no language in which somebody reads; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no text of a rule; there are %(known)s.'),
    gettext_noop(
        "%(where)s: the rule itself says nothing there; write it in its first language, or leave this out."
    ),
    gettext_noop("%(where)s: write a text of 1 to %(most)s signs."),
    gettext_noop("%(where)s: list as many contents as the rule itself (%(count)s), in the same order."),
    gettext_noop("%(where)s: write them by the names of the stages, as {notice: …}."),
    gettext_noop("%(where)s: write by_level as {1: {n, unit}, …}."),
    gettext_noop("%(where)s: %(value)s is no level; there are 0 to %(most)s."),
    gettext_noop('%(where)s: it is run again for each "change" or each "rise", not "%(value)s".'),
    gettext_noop("%(where)s: say from which event it starts."),
    gettext_noop('%(where)s: it starts from "%(value)s", and there is no such rule.'),
    gettext_noop('%(where)s: there is no stage called "%(value)s".'),
    gettext_noop('%(where)s: there is no rule "%(value)s".'),
    gettext_noop("%(first)s before %(then)s"),
    gettext_noop("%(where)s: %(order)s: each stage waits for the next; let one start otherwise."),
    gettext_noop("%(order)s: each must be submitted before the next; take one of these out."),
    gettext_noop("%(where)s: say to whom nothing may be told, or under which rule, one of the two."),
    gettext_noop('%(where)s: the order is strict or weighed, not "%(value)s".'),
    gettext_noop("%(where)s: name the channel that the others stand in for."),
    gettext_noop("%(where)s: say who approves by a role, or as {role, at}."),
    gettext_noop('%(where)s: "%(value)s" approves nothing; there are %(known)s.'),
    gettext_noop('%(where)s: who approves is of the unit or of the group, not of "%(value)s".'),
    gettext_noop('%(where)s: a deadline is {n, unit} or {rule}, not "%(value)s".'),
    gettext_noop('%(where)s: "%(value)s" is no unit of a deadline; there are %(known)s.'),
    gettext_noop('%(where)s: "%(value)s" is no rule of a deadline; there are %(known)s.'),
    gettext_noop('%(where)s: write the opening as 09:00 and hours as a number, not "%(value)s".'),
    gettext_noop("%(where)s: it ends 0 to %(most)s hours before the opening, not %(value)s."),
    gettext_noop("%(where)s: a deadline has 1 to %(most)s minutes, not %(value)s."),
    gettext_noop("%(where)s: a deadline has 1 to %(most)s hours, not %(value)s."),
    gettext_noop("%(where)s: a deadline has 1 to %(most)s days, not %(value)s."),
    gettext_noop("%(where)s: a deadline has 1 to %(most)s business days, not %(value)s."),
    gettext_noop("%(where)s: a deadline has 1 to %(most)s months, not %(value)s."),
)
"""What does not fit, in a sentence."""
