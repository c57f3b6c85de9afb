"""Whether a page offers the report about a person."""

from __future__ import annotations

from django import template
from django.template import Context

from keepwell.platform.people.models import Person
from keepwell.platform.privacy import rights

register = template.Library()


@register.simple_tag(takes_context=True)
def may_take_report(context: Context, about: Person) -> bool:
    """Whether the reader may take the report about `about`."""
    return rights.may_take_report(context["request"].person, about)
