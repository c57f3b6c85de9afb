"""The registers of improvement."""

from __future__ import annotations

from keepwell.areas.improvement import rules
from keepwell.areas.improvement.models import Action, Initiative
from keepwell.platform.registers.register import Register


class Actions(Register):
    record = Action
    columns = ["code", "title_here", "unit", "owner", "due_on", "standing", "initiative", "uplift"]
    form_fields = [
        "code", "kind", "title", "title_zh", "task", "task_zh", "unit", "owner", "raised_on", "due_on", "cost",
        "currency", "effort_days", "uplift",
    ]  # fmt: skip
    search_fields = ["code", "title", "title_zh", "task", "task_zh"]
    filters = ["state", "kind", "unit", "owner", "initiative", "due_on", "done_on", "verified_on"]
    sort = "due_on"
    acts = [
        rules.begin, rules.finish, rules.verify, rules.send_back, rules.postpone, rules.drop, rules.join, rules.trace,
        rules.retire,
    ]  # fmt: skip
    parts = ["improvement/_origin.html"]
    open_to_read = "work, which names whose it is"


class Initiatives(Register):
    record = Initiative
    columns = ["code", "title_here", "unit", "lead", "due_on", "progress", "standing"]
    form_fields = ["code", "title", "title_zh", "purpose", "unit", "lead", "due_on"]
    search_fields = ["code", "title", "title_zh", "purpose"]
    filters = ["unit", "lead", "due_on"]
    sort = "due_on"
    acts = [rules.roll_out, rules.close]
    open_to_read = "work, which names who leads it"
    panels = {"actions": ["unit", "title_here", "owner", "due_on", "standing"]}
