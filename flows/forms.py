"""What the forms have in common: the titles and examples of the fields that more than one form has.

Put such a field here. Its help is the flow's own text (``Args:``), the fields of a step its document's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from registry.domain.catalogue import OwnerRole


def titled(title: str, *examples: str) -> Any:
    """Return what gives a parameter its title in the Prefect page, in place of its name, and the example in it while it is empty."""
    return Field(json_schema_extra={"title": title, "examples": list(examples)} if examples else {"title": title})


IssueId = Annotated[str, titled("Issue", "ISS-20260310-1a2b3c4d")]
Person = Annotated[str, titled("Your name", "operations.lead@bank.example")]
ActingAs = Annotated[OwnerRole, titled("You act as")]
CountsFrom = Annotated[datetime | None, titled("Counts from")]
Folder = Annotated[str, titled("Workspace")]
# what a run of the schedule is asked for by hand
AiSystems = Annotated[list[str] | None, titled("AI systems")]
IssueIds = Annotated[list[str] | None, titled("Issues")]
JudgedAt = Annotated[datetime | None, titled("Judged at")]
OnlyTried = Annotated[bool, titled("Only try it")]
