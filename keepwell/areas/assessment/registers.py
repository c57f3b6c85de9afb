"""The registers of maturity: cycles, assessments, answers and targets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import (
    Answer,
    Assessment,
    Benchmark,
    BenchmarkFigure,
    Cycle,
    Recommendation,
    Target,
)
from keepwell.platform.registers.register import Register

SUBJECT = {
    "cycles": _("Cycles"),
    "assessments": _("Assessments"),
    "answers": _("Answers"),
    "maturity-targets": _("Targets"),
    "recommendations": _("Recommendations"),
    "benchmarks": _("Benchmarks"),
}


class Cycles(Register):
    record = Cycle
    columns = ["name", "year", "unit", "framework_version", "standing", "answers_due_on", "method", "weights"]
    form_fields = [
        "name", "unit", "year", "framework_version", "scale", "previous", "it_sites", "ot_sites", "combined_sites",
        "dimensions", "combining", "policy_share", "counting", "method", "weights", "coverage_threshold", "reason_step",
        "opens_on", "answers_due_on", "validation_due_on", "note",
    ]  # fmt: skip
    search_fields = ["name", "note"]
    filters = ["year", "state", "unit", "framework_version"]
    sort = "-year"
    acts = [
        rules.take_every_site, rules.open_cycle, rules.add_site, rules.remind, rules.take_profile, rules.approve_targets,
        rules.begin_validation,
        rules.change_method, rules.publish, rules.resume_validation, rules.freeze, rules.roll_forward, rules.recommend,
        rules.accept_foremost, rules.make_initiative,
    ]  # fmt: skip
    views = SUBJECT
    parts = ["assessment/_to_board.html"]
    panels = {"snapshots": ["number", "digest", "reason", "taken_by", "taken_at"]}


class Assessments(Register):
    record = Assessment
    columns = ["unit", "scope", "cycle", "standing", "due_on", "submitted_at", "validated_at", "weight"]
    file_columns = [
        "cycle", "unit", "scope", "state", "due_on", "is_late", "weight", "submitted_at", "validated_at",
        "withdrawn_reason", "note",
    ]  # fmt: skip
    filters = ["cycle", "state", "scope", "unit"]
    sort = "due_on"
    parts = ["assessment/_to_answers.html"]
    views = SUBJECT
    acts = [
        rules.submit, rules.share, rules.unshare, rules.send_back, rules.validate, rules.weigh, rules.withdraw,
        rules.recommend_here,
    ]  # fmt: skip


class Answers(Register):
    record = Answer
    columns = [
        "node", "assessment", "source", "policy", "practice", "not_applicable", "standing", "answered_by", "answered_at",
    ]  # fmt: skip
    file_columns = [
        "assessment", "node", "source", "policy", "practice", "not_applicable", "reason", "standing", "is_estimated",
        "answered_by", "answered_at",
    ]  # fmt: skip
    filters = ["assessment", "source", "standing", "not_applicable"]
    sort = "-answered_at"
    views = SUBJECT


class Targets(Register):
    record = Target
    columns = ["node", "cycle", "unit", "scope", "criticality", "value", "standing", "approved_by"]
    form_fields = ["cycle", "node", "unit", "scope", "criticality", "value", "note"]
    filters = ["cycle", "unit", "scope"]
    sort = "node"
    views = SUBJECT
    acts = [rules.approve, rules.take_back, rules.retire_target]


class Recommendations(Register):
    record = Recommendation
    columns = [
        "node",
        "assessment",
        "text_here",
        "gap",
        "weight",
        "effort",
        "priority",
        "uplift",
        "standing",
        "action",
    ]
    form_fields = ["assessment", "node", "text", "text_zh", "weight", "effort", "uplift"]
    search_fields = ["text", "text_zh"]
    filters = [
        "assessment__cycle", "assessment__unit", "assessment__scope", "node", "state", "origin", "priority", "assessment",
    ]  # fmt: skip
    sort = "-priority"
    views = SUBJECT
    acts = [rules.accept, rules.decline, rules.retire_recommendation]


class Benchmarks(Register):
    record = Benchmark
    columns = ["name", "year", "source", "sample", "framework_version", "scale", "licence"]
    form_fields = [
        "code", "name", "year", "source", "licence", "sample", "population", "framework_version", "scale", "unit", "note",
    ]  # fmt: skip
    search_fields = ["code", "name", "source", "population", "note"]
    filters = ["year", "framework_version", "scale"]
    sort = "-year"
    panels = {"figures": ["code", "scope", "mean", "first_quartile", "median", "third_quartile", "sample"]}
    views = SUBJECT
    acts = [rules.retire_benchmark]


class BenchmarkFigures(Register):
    record = BenchmarkFigure
    columns = ["benchmark", "code", "scope", "mean", "first_quartile", "median", "third_quartile", "sample"]
    form_fields = [
        "benchmark", "code", "scope", "sample", "mean", "first_quartile", "median", "third_quartile", "note",
    ]  # fmt: skip
    filters = ["benchmark", "scope"]
    sort = "code"
    views = SUBJECT
    acts = [rules.retire_figure]
