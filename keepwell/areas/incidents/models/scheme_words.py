"""Words about a scheme that stand in the kernel, marked here to be put into the reader's language. A test holds them
against it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

KINDS = {
    "bool": gettext_noop("yes or no"),
    "number": gettext_noop("number"),
    "choice": gettext_noop("choice"),
}
"""The kinds of factors."""
PARTS = {
    "level": gettext_noop("Level %(name)s"), "report": gettext_noop("Reports: %(name)s"),
    "factor": gettext_noop("Factor: %(name)s"), "heading": gettext_noop("Heading: %(name)s"),
    "rule": gettext_noop("Rule of: %(name)s"),
}  # fmt: skip
"""What differs, by the part of a scheme."""
WHAT = {
    "name": gettext_noop("name"), "says": gettext_noop("description"), "kind": gettext_noop("kind"),
    "acknowledge_minutes": gettext_noop("minutes to take it up"), "group_minutes": gettext_noop("minutes of the group"),
    "contain_hours": gettext_noop("hours to contain it"), "title": gettext_noop("title"), "asks": gettext_noop("question"),
    "choices": gettext_noop("choices"), "factors": gettext_noop("factors looked at"),
    "none": gettext_noop("sentence where no rule holds"), "look_minutes": gettext_noop("minutes until somebody is called"),
    "answer_minutes": gettext_noop("minutes of each who is called"),
}  # fmt: skip
"""In which respect a part differs."""
PLACES = (
    gettext_noop("line %(line)s"),
    gettext_noop("level %(name)s"),
    gettext_noop("factor %(name)s"),
    gettext_noop("factor %(name)s, choice %(number)s"),
    gettext_noop("heading %(name)s"),
    gettext_noop("heading %(name)s, rule %(number)s"),
    gettext_noop("heading %(name)s, rule %(number)s, condition %(part)s"),
    gettext_noop("reports, %(name)s"),
)
"""Where in a file something stands."""
SENTENCES = (
    gettext_noop("The file is larger than %(most)s KB, more than is read at once."),
    gettext_noop("The file is not UTF-8 text; save it as UTF-8."),
    gettext_noop("The file is neither YAML nor JSON: %(why)s."),
    gettext_noop("A place is referred to by & or *; write everything out where it belongs."),
    gettext_noop("The file is nested more than %(most)s deep."),
    gettext_noop("“%(name)s” stands here twice; keep one of them."),
    gettext_noop("“%(name)s” is no plain value; write text, a number, true or false."),
    gettext_noop("Write levels, factors and group, each with a list below it."),
    gettext_noop("“%(name)s” is missing."),
    gettext_noop("“%(name)s” is not known here; there are %(known)s."),
    gettext_noop(
        "The national scale follows the regulation and is not the group’s to change; leave “national” out."
    ),
    gettext_noop("Write “%(name)s” as a list of %(least)s to %(most)s."),
    gettext_noop("Each of “%(name)s” is written with names and values, as - {name: value}."),
    gettext_noop(
        "“%(name)s” is text of 1 to %(most)s characters; a number, true and false stand in quotation marks."
    ),
    gettext_noop("“%(name)s” holds a character that cannot be shown; take it out."),
    gettext_noop("“%(name)s” is a whole number from %(least)s to %(most)s."),
    gettext_noop("A scheme has the levels 0 to 4, each once and in order."),
    gettext_noop(
        "“%(name)s” is no name: write small letters, digits and _, a letter first, 40 characters at most."
    ),
    gettext_noop("“%(name)s” is there twice; choose another one."),
    gettext_noop("“%(name)s” is taken: the form or the clocks call something else so; choose another one."),
    gettext_noop("“%(name)s” is no kind of factor; there are %(known)s."),
    gettext_noop("The clocks or the national scale need the factor “%(name)s”; put it back."),
    gettext_noop(
        "The clocks or the national scale need “%(name)s” with its kind and its choices as "
        "shipped; its words may differ."
    ),
    gettext_noop("A choice has 2 to %(most)s values, each another whole number, the lowest first."),
    gettext_noop("Only a factor of the kind choice has choices; leave them out."),
    gettext_noop("“%(name)s” is no factor of the scheme; correct the name, or add it under factors."),
    gettext_noop("“%(name)s” is no comparison; there are %(known)s."),
    gettext_noop("“%(name)s” is yes or no: compare it by = with true or false."),
    gettext_noop(
        "“%(name)s” is a number: compare it with a number from 0 on, or by “than” with "
        "another factor that is one."
    ),
    gettext_noop("“%(name)s” is a choice: compare it with one of %(known)s."),
    gettext_noop("Give a value or “than”, not both."),
    gettext_noop("This rule has a higher level than one before it; write the highest first."),
    gettext_noop(
        "An earlier rule has the same conditions, so that this one can never count; take one of them out."
    ),
    gettext_noop(
        "The sentence names “%(name)s”, which no condition of the rule asks of; name another "
        "factor, or ask of it."
    ),
    gettext_noop(
        "A percent sign stands before a factor in brackets and an s, as the shipped rules "
        "show; written twice it is one."
    ),
    gettext_noop("Nothing is put into this sentence; take “%(name)s” out."),
    gettext_noop("“%(name)s” says nothing of whether it goes on; write yes, no or unsure."),
)
"""What does not fit in a file."""
