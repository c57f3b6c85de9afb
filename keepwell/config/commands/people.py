"""The commands about who may sign in."""

from __future__ import annotations

import argparse
from datetime import date

from keepwell.config.commands.words import Words, person, unit


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The commands about who may sign in."""
    found = all_words.add_parser(
        "found", help="enter the group and its first administrator; print the link that sets the password"
    )
    found.add_argument("--code", required=True, help="the group's code, as MERIDIAN")
    found.add_argument("--name", required=True, help="the group's name")
    found.add_argument("--country", required=True, help="its country, as TW")
    found.add_argument("--time-zone", required=True, help="its time zone, as Asia/Taipei")
    found.add_argument("--administrator", required=True, metavar="NAME", help="the administrator's name")
    found.add_argument("--number", required=True, help="the administrator's employee number")
    found.add_argument("--mail", default="", help="the administrator's mail address")
    found.add_argument("--sign-in", required=True, metavar="NAME", help="the sign-in name")
    found.add_argument(
        "--since", type=date.fromisoformat, metavar="DAY", help="first day of the records (today)"
    )
    account_words(all_words)
    grant = all_words.add_parser(
        "grant", help="give a role by the operator's word, as the second of two persons"
    )
    grant.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    grant.add_argument("role", metavar="ROLE", help="group_ciso, administrator …")
    grant.add_argument("--unit", metavar="CODE", help="the unit (the whole group)")
    grant.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="the last day (no end)")
    grant.add_argument("--reason", required=True, help="why; it stands in the history")
    token_words(all_words)


def token_words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The command that makes tokens."""
    token = all_words.add_parser("token", help="print a new token of a person, and nothing else")
    token.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    token.add_argument("--days", type=int, default=90, help="how long it lasts (90)")
    token.add_argument("--exports", action="store_true", help="let it take whole registers out")
    token.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="AREA:LEVEL",
        help="only this, as people:edit; repeatable",
    )
    token.add_argument("--read-only", action="store_true", help="only to read")
    token.add_argument(
        "--from",
        dest="sources",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="only from this address or network",
    )
    due = all_words.add_parser("due", help="what is due from a person, the most urgent first")
    due.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")


def account_words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The command that lets a person sign in."""
    account = all_words.add_parser(
        "account", help="let a person sign in; print the link that sets the password, and nothing else"
    )
    account.add_argument("person", metavar="PERSON", help="sign-in name, employee number or mail")
    account.add_argument("--sign-in", required=True, metavar="NAME", help="the sign-in name")
    account.add_argument(
        "--break-glass",
        action="store_true",
        help="for the day when the house that vouches is away: print a password; each use is an alarm",
    )


def due(answers: argparse.Namespace) -> int:
    """Print what is due from a person, a line each: day, what, where."""
    from django.utils.translation import override

    from keepwell.kernel import moments
    from keepwell.platform.notices.letters import absolute
    from keepwell.platform.todos.todo import due_from

    who = person(answers.person)
    with override(who.language):
        todos = due_from(who, moments.today(who.unit.time_zone))
    for todo in todos:
        print(f"{todo.due_on or '-':<12}{todo.act}\t{absolute(todo.url)}")
    if not todos:
        print(f"Nothing is due from {who.name}.")
    return 0


def found(answers: argparse.Namespace) -> int:
    """Enter the group and its first administrator, and print the link that sets the administrator's password."""
    from keepwell.config import founding
    from keepwell.kernel import moments

    first = founding.found(
        founding.Founding(
            code=answers.code,
            name=answers.name,
            country=answers.country,
            time_zone=answers.time_zone,
            number=answers.number,
            administrator=answers.administrator,
            mail=answers.mail,
            since=answers.since or moments.today(),
        )
    )
    print(founding.open_account(first, answers.sign_in))
    return 0


def account(answers: argparse.Namespace) -> int:
    """Let a person sign in, and print the link by which they set their password; of a break-glass account the password."""
    from keepwell.config.founding import open_account

    print(open_account(person(answers.person), answers.sign_in, is_break_glass=answers.break_glass))
    return 0


def grant(answers: argparse.Namespace) -> int:
    """Give a role by the operator's word."""
    from keepwell.config.founding import give

    at, until = unit(answers.unit), answers.until
    found = give(person(answers.person), answers.role, at, until=until, reason=answers.reason)
    print(f"{found.person}: {found}")
    return 0


def token(answers: argparse.Namespace) -> int:
    """Print a new token of a person."""
    from keepwell.platform.people.narrowing import read_scopes, read_sources
    from keepwell.platform.people.tokens import Narrowness, issue

    less = Narrowness(read_scopes(answers.scope), answers.read_only, read_sources(answers.sources))
    print(issue(person(answers.person), days=answers.days, may_export=answers.exports, less=less))
    return 0


COMMANDS = {"due": due, "found": found, "account": account, "grant": grant, "token": token}
