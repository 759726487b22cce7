"""Files that a command hands out, where the person who typed it said.

Put here how such a file is written, and what is said where it cannot be. What the files hold belongs to the commands.
"""

from __future__ import annotations

from pathlib import Path

from registry.errors import ConfigurationError


def write_out(path: Path, content: bytes) -> None:
    """Write the file that was named with ``--out``, or one beside it.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(
            [f"{path}: expected a file that can be written, found {error.strerror}; name another with --out"]
        ) from error
