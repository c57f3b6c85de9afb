"""Addresses of signing in and of one's own account."""

from __future__ import annotations

from django.urls import path

from keepwell.platform.identity.pages import account, factors, signing_in, sso

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/passkey/", signing_in.by_passkey, name="sign-in-passkey"),
    path("sign-in/second/", signing_in.second, name="sign-in-second"),
    path("sign-in/enrol/", factors.enrol, name="sign-in-enrol"),
    path("sign-in/with/<slug:name>/", sso.leave, name="sso"),
    path("sign-in/with/<slug:name>/back/", sso.come_back, name="sso-back"),
    path("sign-in/with/<slug:name>/assertion/", sso.take_assertion, name="sso-assertion"),
    path("sign-in/with/<slug:name>/arrived/", sso.arrived, name="sso-arrived"),
    path("sign-in/with/<slug:name>/metadata/", sso.metadata, name="sso-metadata"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("account/", account.show_account, name="account"),
    path("account/password/", account.change_password, name="password"),
    path("account/sessions/end/", account.end_session, name="session-end"),
    path("account/factors/new/", factors.add, name="factor-new"),
    path("account/factors/<int:pk>/remove/", factors.remove, name="factor-remove"),
    path("account/recovery/", factors.renew_recovery, name="recovery-renew"),
]
