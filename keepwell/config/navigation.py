"""The menu: the eight words of the field and what lies under each. Pages not built are not listed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.platform.pages.menu import Item, Word

WORDS = (
    Word("govern", _("Govern"), ()),
    Word("identify", _("Identify"), ()),
    Word("protect", _("Protect"), (
        Item(_("Training"), "completions", "awareness"),
        Item(_("Courses"), "courses", "awareness"),
    )),
    Word("detect", _("Detect"), ()),
    Word("respond", _("Respond"), ()),
    Word("recover", _("Recover"), ()),
    Word("supply-chain", _("Supply chain"), ()),
    Word("publish", _("Publish"), (
        Item(_("Outcomes"), "outcomes", "reporting", also=("figures",)),
        Item(_("Certificates"), "certificates-matrix", "assurance", also=("certificates",)),
        Item(_("Standards"), "standards", "assurance"),
    )),
    Word("organization", _("Organization"), (
        Item(_("Units"), "units", "organization"),
        Item(_("People"), "people", "people"),
        Item(_("Chart"), "organization-chart", "organization"),
    )),
    Word("administration", _("Administration"), (
        Item(_("Grants"), "grants", "administration"),
        Item(_("Sources"), "sources", "administration"),
        Item(_("Batches"), "batches", "administration"),
        Item(_("Unmatched rows"), "unmatched-rows", "administration"),
        Item(_("Jobs"), "jobs", "administration"),
    )),
)  # fmt: skip
