"""Many requests in one: in order, each by itself, with names for what is not made yet."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import Http404

from keepwell.areas.administration.api.scim import resources
from keepwell.areas.administration.api.scim.door import REFUSALS, Failed, failure, told
from keepwell.areas.administration.api.scim.shapes import MOST_OPERATIONS
from keepwell.platform.people.models import Person

REFERENCE = "bulkId:"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


class Bulk:
    """One bulk request under way: what was made under which name, and what came of each operation."""

    def __init__(self, client: Person, base: str) -> None:
        self.client, self.base = client, base
        self.made: dict[str, str] = {}

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        """Do every operation; end early after as many failures as `failOnErrors` says."""
        steps, limit = body.get("Operations"), body.get("failOnErrors")
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            raise Failed(400, "Operations is a list of objects.", "invalidSyntax")
        if len(steps) > MOST_OPERATIONS:
            raise Failed(413, f"A bulk request has {MOST_OPERATIONS} operations at most.", "tooMany")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            raise Failed(400, "failOnErrors is a whole number from 1.", "invalidValue")
        answers: list[dict[str, Any]] = []
        failures = 0
        for step in self.in_order(steps):
            answers.append(self.answer(step))
            failures += int(answers[-1]["status"]) >= 400
            if limit is not None and failures >= limit:
                break
        return {"schemas": [RESPONSE], "Operations": answers}

    def in_order(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The steps as they came, but what is referred to before what refers to it."""
        makers = {str(step.get("bulkId")): step for step in steps if step.get("bulkId")}
        ordered: list[dict[str, Any]] = []
        for step in steps:
            self._place(step, makers, ordered, [])
        return ordered

    def _place(self, step: dict[str, Any], makers: dict[str, Any], ordered: list[dict[str, Any]],
               above: list[dict[str, Any]]) -> None:  # fmt: skip
        if any(step is placed for placed in ordered) or any(step is one for one in above):
            return
        for name in references(step):
            if name in makers:
                self._place(makers[name], makers, ordered, [*above, step])
        ordered.append(step)

    def answer(self, step: dict[str, Any]) -> dict[str, Any]:
        """What came of one operation."""
        method = str(step.get("method", "")).upper()
        said = {"method": method, **({"bulkId": step["bulkId"]} if step.get("bulkId") else {})}
        try:
            return said | self.done(method, step)
        except REFUSALS as error:
            failed = failure(error)
            return said | {"status": str(failed.status), "response": told(failed)}

    def done(self, method: str, step: dict[str, Any]) -> dict[str, Any]:
        """Do one operation; raises what refuses it."""
        place, _slash, pk = str(step.get("path", "")).strip("/").partition("/")
        kind = resources.KINDS.get(place)
        if kind is None:
            raise Failed(400, "The path begins with /Users or /Groups.", "invalidPath")
        data = self.resolved(step.get("data") or {})
        if method == "POST" and not pk:
            if not step.get("bulkId"):
                raise Failed(400, "What is made in bulk needs a bulkId.", "invalidSyntax")
            one = resources.make(kind, data, self.client, self.base)
            self.made[str(step["bulkId"])] = str(one.id)
            return {"status": "201", "location": str(one.meta.location), "version": one.meta.version}
        return self.changed(method, kind, self.id_of(pk), data, str(step.get("version") or ""))

    def changed(self, method: str, kind: resources.Kind, pk: UUID, data: Any, version: str) -> dict[str, Any]:
        """Replace, patch or end one resource."""
        if method == "DELETE":
            resources.remove(kind, pk, self.client, self.base, version=version)
            return {"status": "204", "location": f"{self.base}/{kind.name}s/{pk}"}
        act = {"PUT": resources.replace, "PATCH": resources.patch}.get(method)
        if act is None:
            raise Failed(400, "The method is POST, PUT, PATCH or DELETE.", "invalidSyntax")
        one = act(kind, pk, data, self.client, self.base, version=version)
        return {"status": "200", "location": str(one.meta.location), "version": one.meta.version}

    def id_of(self, text: str) -> UUID:
        """The id in a path, which may be one that is made in this request."""
        try:
            return UUID(self.resolved(text))
        except ValueError as error:
            raise Http404 from error

    def resolved(self, data: Any) -> Any:
        """`data` with the ids of what was made in place of their names; raises Failed for an unknown one."""
        if isinstance(data, str) and data.startswith(REFERENCE):
            name = data.removeprefix(REFERENCE)
            if name not in self.made:
                raise Failed(409, f"Nothing was made as {data}.", "invalidValue")
            return self.made[name]
        if isinstance(data, dict):
            return {key: self.resolved(value) for key, value in data.items()}
        return [self.resolved(one) for one in data] if isinstance(data, list) else data


def references(step: dict[str, Any]) -> list[str]:
    """The names that an operation refers to."""
    texts = json.dumps([step.get("data"), step.get("path")]).split(f"{REFERENCE}")[1:]
    return [text.partition('"')[0] for text in texts]
