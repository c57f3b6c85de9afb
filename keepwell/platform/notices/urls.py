"""Addresses of what is due and of notices."""

from __future__ import annotations

from django.urls import path

from keepwell.platform.notices.views import abroad, due, feeds, inbox

urlpatterns = [
    path("due/", due.show_due, name="due"),
    path("due/<uuid:pk>/pass-on/", due.pass_on, name="due-pass-on"),
    path("due/<uuid:pk>/take-back/", due.take_back, name="due-take-back"),
    path("notices/", inbox.show_notices, name="notices"),
    path("notices/read/", inbox.read_all, name="notices-read"),
    path("notices/<int:pk>/read/", inbox.read_one, name="notice-read"),
    path("account/notices/", inbox.show_preferences, name="notice-preferences"),
    path("account/calendar/", feeds.show_feed, name="calendar"),
    path("account/calendar/end/", feeds.end_feed, name="calendar-end"),
    path("calendar/<str:secret>.ics", feeds.read_feed, name="calendar-feed"),
    path("webhooks/<uuid:pk>/secret/", abroad.make_secret, name="webhook-secret"),
    path("deliveries/<uuid:pk>/send/", abroad.deliver_again, name="delivery-again"),
    path("chat-channels/<uuid:pk>/address/", abroad.set_address, name="channel-address"),
    path("administration/letters/", inbox.show_letters, name="letters"),
    path("administration/letters/<uuid:pk>/send/", inbox.send_again, name="letter-send"),
]
