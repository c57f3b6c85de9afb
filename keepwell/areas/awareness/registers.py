"""The registers of training."""

from __future__ import annotations

from keepwell.areas.awareness.models import Completion, Course
from keepwell.platform.registers.register import Register


class Courses(Register):
    record = Course
    columns = ["code", "name_here", "minutes", "mandatory", "unit", "active_from", "active_until"]
    form_fields = ["code", "name", "name_zh", "minutes", "mandatory", "unit", "active_from", "active_until"]
    file_columns = ["code", "name", "name_zh", "minutes", "mandatory", "active_from", "active_until"]
    search_fields = ["code", "name", "name_zh"]
    filters = ["mandatory", "active_from", "active_until"]
    sort = "code"


class Completions(Register):
    record = Completion
    columns = ["person__number", "person", "course", "completed_on", "minutes"]
    file_columns = ["person", "course", "completed_at", "minutes"]
    search_fields = ["person__number", "person__name", "course__code", "course__name"]
    filters = ["course", "completed_on"]
    sort = "-completed_on"
