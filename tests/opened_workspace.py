"""A folder that is a workspace, opened anew whenever it is asked: what every bank and watch of the tests begins with.

Put here what is asked of any workspace on disk; its files, days and people belong to the bank that is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.ledger.store import Ledger
from registry.settings import Workspace, load_workspace


@dataclass(frozen=True, slots=True)
class OpenedWorkspace:
    """A workspace by its folder; its tables may have been edited since it was opened last."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return load_workspace(self.root)

    @property
    def ledger(self) -> Ledger:
        """The ledger, as the flow keeps it open."""
        from flows.clock import now
        from tasks.ledger import open_workspace_ledger

        return open_workspace_ledger(self.workspace, now)
