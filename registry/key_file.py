"""A secret key that a workspace makes for itself once.

Put keeping of keys on this machine here; which key is for what belongs to ``registry/settings.py``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def key_in_file(path: Path) -> bytes:
    """Return the key in ``path``, made on first use and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        # Written aside and linked into place: of several processes exactly one key wins, and none is read half written.
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
