from keepwell.areas.reporting import rules
from keepwell.areas.reporting.models import Figure
from keepwell.platform.registers.register import Register


class Figures(Register):
    record = Figure
    columns = ["title_here", "year", "unit", "state", "value", "records", "as_of", "signed_by", "signed_at"]
    search_fields = ["title", "title_zh", "name"]
    filters = ["year", "state", "unit", "name"]
    file_columns = [
        "name",
        "year",
        "unit",
        "kind",
        "state",
        "as_of",
        "value",
        "records",
        "digest",
        "restated_value",
    ]
    sort = "-year"
    acts = [rules.sign_off, rules.take_back, rules.freeze, rules.restate]
