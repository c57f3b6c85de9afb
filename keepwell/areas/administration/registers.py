"""The registers of those who run the platform."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules import grants, group_rules, outside, services
from keepwell.platform.evidence import custody
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.exchange.models import Batch, Source, UnmatchedRow
from keepwell.platform.notices import readers
from keepwell.platform.notices.abroad import Channel, Delivery, Webhook
from keepwell.platform.people.models import Grant, Group, GroupRule, Membership, Outsider, Service
from keepwell.platform.registers.register import Register


class Grants(Register):
    record = Grant
    columns = ["person", "person__number", "role", "unit", "reach_here", "since", "until", "standing_here"]
    form_fields = ["person", "role", "unit", "since", "until"]
    search_fields = ["person__name", "person__number"]
    filters = ["role", "standing", "since", "until"]
    sort = "-since"
    parts = ["administration/_one_record.html", "administration/_proposal.html"]
    views = {"grants": _("Grants"), "grant-one": _("Give one record")}
    acts = [grants.approve, grants.reject, grants.end, grants.take_back]

    @classmethod
    def meant_by_key(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Roles given at a unit: one that came by a rule or holds for one record shares its key with them."""
        return rows.filter(only_id__isnull=True, rule__isnull=True)


class ExternalPeople(Register):
    record = Outsider
    columns = ["name", "organization", "unit", "responsible", "employed_from", "employed_until", "standing"]
    search_fields = ["name", "organization", "number", "mail"]
    filters = ["unit", "responsible", "employed_until"]
    sort = "employed_until"
    panels = {"grants": ["role", "unit", "since", "until", "standing_here"]}
    parts = ["administration/_outside.html"]
    views = {"external-people": _("External people"), "invite": _("Invite somebody")}
    acts = [outside.hand_over, outside.dismiss]


class ServiceAccounts(Register):
    record = Service
    columns = ["name", "number", "purpose", "unit", "responsible", "employed_until"]
    search_fields = ["name", "number", "purpose"]
    filters = ["unit", "responsible"]
    sort = "name"
    panels = {"grants": ["role", "unit", "since", "until", "standing_here"]}
    parts = ["administration/_service.html"]
    views = {"service-accounts": _("Service accounts"), "service-new": _("Add a service account")}
    acts = [services.hand_over, services.end]


class Groups(Register):
    record = Group
    columns = ["name", "source", "unit", "external_id"]
    search_fields = ["name", "source"]
    filters = ["source"]
    sort = "name"


class Memberships(Register):
    record = Membership
    columns = ["person", "person__number", "group", "group__source"]
    search_fields = ["person__name", "person__number", "group__name"]
    filters = ["group"]
    sort = "group"


class GroupRules(Register):
    record = GroupRule
    columns = ["group", "source", "role", "unit", "standing"]
    form_fields = ["source", "group", "role", "unit", "note"]
    search_fields = ["group", "source"]
    filters = ["role", "standing"]
    sort = "group"
    parts = ["administration/_proposal.html"]
    acts = [group_rules.approve, group_rules.reject, group_rules.end]


class Sources(Register):
    record = Source
    columns = ["name", "register", "unit", "time_zone", "mapping"]
    form_fields = ["name", "register", "unit", "time_zone", "mapping"]
    search_fields = ["name"]
    filters = ["register"]
    sort = "name"


class Batches(Register):
    record = Batch
    columns = [
        "file_name",
        "register",
        "source",
        "state",
        "rows",
        "created",
        "changed",
        "unchanged",
        "unmatched",
        "by",
        "at",
    ]
    search_fields = ["file_name", "sha256"]
    filters = ["register", "state", "source"]
    sort = "-at"
    parts = ["administration/_file_gone.html", "administration/_unmatched.html"]


class UnmatchedRows(Register):
    record = UnmatchedRow
    columns = ["line", "batch__file_name", "reason_here", "values", "matched_at"]
    filters = ["matched_at"]
    search_fields = ["reason"]


class Evidence(Register):
    record = Piece
    columns = [
        "title",
        "reference",
        "unit",
        "owner",
        "received_on",
        "effective_until",
        "classification",
        "standing",
    ]
    form_fields = [
        "reference", "title", "description", "unit", "owner", "source", "received_on", "received_from",
        "effective_from", "effective_until", "classification", "retention",
    ]  # fmt: skip
    search_fields = ["title", "reference", "source"]
    filters = ["classification", "retention", "is_object", "is_in_custody", "effective_until", "received_on"]
    sort = "-received_on"
    acts = [
        custody.take_into_custody, custody.hand_over, custody.give_back, custody.destroy, evidence.link, evidence.hold,
        evidence.lift, evidence.retire, evidence.purge,
    ]  # fmt: skip
    parts = ["evidence/_of_piece.html"]
    views = {"evidence": _("Evidence"), "custody-entries": _("Custody")}


class CustodyEntries(Register):
    record = CustodyEntry
    columns = ["piece", "number", "deed", "at", "held_by", "whereabouts", "seal", "standing", "corrects"]
    file_columns = [
        "piece", "number", "step", "corrects", "deed", "at", "holder", "holder_name", "holder_organization",
        "received_from", "whereabouts", "purpose", "manner", "seal", "digests", "read", "wholeness", "says", "by", "recorded_at",
    ]  # fmt: skip
    filters = ["piece", "deed", "wholeness", "at"]
    sort = "-at"
    acts = [custody.correct]
    open_to_read = "a chain of custody is there to show who held what"


class Webhooks(Register):
    record = Webhook
    columns = ["name", "unit", "url", "registers", "reader", "is_on"]
    form_fields = ["name", "unit", "purpose", "url", "registers", "reader", "is_on"]
    search_fields = ["name", "url"]
    filters = ["is_on"]
    sort = "name"
    acts = [readers.retire_webhook]
    parts = ["notices/_webhook.html"]


class Deliveries(Register):
    record = Delivery
    columns = [
        "webhook__name",
        "verb",
        "state",
        "attempts",
        "status",
        "made_at",
        "next_at",
        "finished_at",
        "error",
    ]
    search_fields = ["webhook__name", "verb"]
    filters = ["state", "webhook"]
    sort = "-made_at"
    parts = ["notices/_delivery.html"]


class ChatChannels(Register):
    record = Channel
    columns = ["name", "unit", "purpose", "reader", "is_on"]
    form_fields = ["name", "unit", "purpose", "reader", "is_on"]
    search_fields = ["name"]
    filters = ["is_on"]
    sort = "name"
    acts = [readers.retire_channel]
    parts = ["notices/_channel.html"]
