"""Invitations of meetings that were called before: those that were sent are kept as sent, those that wait go on to wait."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def carry(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """A job for each address was how they were sent; a job that was not done is a mail that waits."""
    meetings, mails = (
        apps.get_model("incidents", "ResponseMeeting"),
        apps.get_model("incidents", "MeetingMail"),
    )
    jobs = apps.get_model("jobs", "Job").objects.filter(name="incidents.invite")
    waiting = set(jobs.exclude(state="done").values_list("key", flat=True))
    for meeting in meetings.objects.order_by("pk"):
        mails.objects.bulk_create(
            mails(meeting=meeting, address=address, made_at=meeting.called_at,
                  **_state(f"invite:{meeting.pk}:{place}" in waiting, meeting))
            for place, address in enumerate(dict.fromkeys(meeting.invited))
        )  # fmt: skip
    jobs.exclude(state="done").delete()


def _state(waits: bool, meeting: Any) -> dict[str, Any]:
    return {} if waits else {"state": "sent", "attempts": 1, "finished_at": meeting.called_at}


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_meeting_mail"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop)]
