"""Where things are done: the pages that todos lead to."""

from __future__ import annotations

from django.urls import reverse

from keepwell.areas.assessment.models import Assessment


def answering(assessment: Assessment) -> str:
    """The page where an assessment is answered, returned and validated."""
    return reverse("answering", args=[assessment.pk])
