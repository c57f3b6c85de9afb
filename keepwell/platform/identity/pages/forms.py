"""What people type to show who they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def secret(label: Any, *, new: bool = False) -> forms.CharField:
    """A field for a password; what is typed is shown nowhere."""
    kind = "new-password" if new else "current-password"
    return forms.CharField(
        label=label, max_length=400, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": kind})
    )


def code(label: Any, **more: Any) -> forms.CharField:
    """A field for a code; a phone shows digits."""
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=40, widget=forms.TextInput(attrs=attrs), **more)


class SignIn(forms.Form):
    """Sign-in name and password; wrong, unknown and throttled are told apart only in the log."""

    name = forms.CharField(label=_("Sign-in name"), max_length=80, widget=forms.TextInput(
        attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}))  # fmt: skip
    password = secret(_("Password"))
    code = code(_("Code of your authenticator app"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not self.data.get("code"):
            self.fields["code"].widget = forms.HiddenInput()


class Forgotten(forms.Form):
    """Whose password is forgotten."""

    name = forms.CharField(label=_("Sign-in name"), max_length=80, widget=forms.TextInput(
        attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}))  # fmt: skip


class Second(forms.Form):
    """The second factor: a code of the app, or a recovery code."""

    code = code(
        pgettext_lazy("sign-in", "Code"),
        help_text=_("The six digits your authenticator app shows, or one of your recovery codes."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["code"].widget.attrs["autofocus"] = True


class NewPassword(forms.Form):
    """A password of one's own choice, typed once: browsers and password managers show it."""

    new = secret(_("New password"), new=True)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["new"].help_text = _(
            "At least 12 characters; a few words are good. Common ones are refused."
        )


class ChangePassword(NewPassword):
    """The old password, and the one that takes its place."""

    old = secret(_("Present password"))
    field_order = ("old", "new")


class NewApp(forms.Form):
    """The code that shows that an app has taken the secret."""

    code = code(pgettext_lazy("sign-in", "Code"), help_text=_("The six digits the app shows now."))
    seed = forms.CharField(max_length=400, widget=forms.HiddenInput())


class NewPasskey(forms.Form):
    """What the browser answers when it has made a passkey, and what its owner calls it."""

    label = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("As: my laptop, the blue key.")
    )
    credential = forms.CharField(max_length=20_000, widget=forms.HiddenInput())
    state = forms.CharField(max_length=4_000, widget=forms.HiddenInput())
