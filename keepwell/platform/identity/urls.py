"""Addresses of signing in and of one's own account."""

from __future__ import annotations

from django.urls import path

from keepwell.platform.identity.pages import account, factors, resetting, signing_in, sso, tending

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
    path("sign-in/forgotten/", resetting.ask_link, name="forgotten"),
    path("sign-in/password/<str:secret>/", resetting.set_password, name="set-password"),
    path("administration/sign-in/", tending.show_people, name="tend"),
    path("administration/sign-in/<uuid:pk>/", tending.show_person, name="tend-person"),
    path("administration/sign-in/<uuid:pk>/<slug:act>/", tending.change, name="tend-do"),
    path("administration/sign-in/strangers/<int:pk>/link/", tending.link_stranger, name="stranger-link"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("account/", account.show_account, name="account"),
    path("account/password/", account.change_password, name="password"),
    path("account/sessions/end/", account.end_session, name="session-end"),
    path("account/factors/new/", factors.add, name="factor-new"),
    path("account/factors/<int:pk>/remove/", factors.remove, name="factor-remove"),
    path("account/recovery/", factors.renew_recovery, name="recovery-renew"),
]
