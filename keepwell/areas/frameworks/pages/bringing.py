"""The forms by which people bring in versions and profiles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.areas.frameworks.models import Profile, Version
from keepwell.areas.frameworks.rules import bringing
from keepwell.areas.frameworks.rules.tables import LINES, REQUIREMENTS, Misread
from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange.cells import RowError
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.records.models import visible_to

ACCEPTED = {"accept": ".xml,.json,.xlsx,.csv"}


class Bringing(forms.Form):
    """A file, and how what is in it shall be called; `rows` says afterwards which rows do not fit."""

    title: Any
    columns: tuple[str, ...] = ()
    file = forms.FileField(label=gettext_lazy("File"), widget=forms.FileInput(attrs=ACCEPTED),
                           help_text=gettext_lazy("OSCAL 1.1 (XML, JSON) or a table (XLSX, CSV), up to 20 MB."))  # fmt: skip

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.rows: list[RowError] = []

    def bring(self, request: PlacedRequest) -> tuple[str, Any] | None:
        """Take the file in; gives the page of what was made, or None when it does not fit."""
        upload = self.cleaned_data["file"]
        try:
            made = self.make(bringing.File(upload.name, upload.read()))
        except Misread as misread:
            self.rows = misread.errors
        except (Refused, PermissionDenied) as refusal:
            keep_refusal(request, refusal)
            self.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(record)s was brought in.") % {"record": made})
            name = "frameworks-tree" if isinstance(made, Version) else "profiles-record"
            return name, made.pk
        return None

    def make(self, file: bringing.File) -> Version | Profile:
        raise NotImplementedError


class VersionFile(Bringing):
    """A version of a framework."""

    title = gettext_lazy("Bring in a framework")
    columns = tuple(REQUIREMENTS)
    framework = forms.CharField(label=gettext_lazy("Code of the framework"), max_length=40,
                                help_text=gettext_lazy("As nist-csf; one that is not here yet is made."))  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Name of a new framework"), max_length=160, required=False)
    code = forms.CharField(label=gettext_lazy("Code of the version"), max_length=60,
                           help_text=gettext_lazy("As nist-csf-2.0."))  # fmt: skip
    label = forms.CharField(label=gettext_lazy("Version"), max_length=40, required=False,
                            help_text=gettext_lazy("As its publisher calls it: 2.0."))  # fmt: skip

    def make(self, file: bringing.File) -> Version:
        told = {name: self.cleaned_data[name] for name in ("framework", "name", "code", "label")}
        return bringing.bring_version(file, bringing.Naming(**told), by=self.person)


class ProfileFile(Bringing):
    """A profile of a version."""

    title = gettext_lazy("Bring in a profile")
    columns = tuple(LINES)
    framework_version = forms.ChoiceField(label=gettext_lazy("Version it speaks of"))
    code = forms.CharField(label=gettext_lazy("Code of the profile"), max_length=60,
                           help_text=gettext_lazy("As semiconductor-2025."))  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(person, *args, **kwargs)
        self.versions = {v.code: v for v in visible_to(Version.objects.current(), person).order_by("code")}
        field: Any = self.fields["framework_version"]
        field.choices = [(code, str(version)) for code, version in self.versions.items()]

    def make(self, file: bringing.File) -> Profile:
        version = self.versions[self.cleaned_data["framework_version"]]
        told = {name: self.cleaned_data[name] for name in ("code", "name")}
        return bringing.bring_profile(file, version, **told, by=self.person)
