"""Files that a command hands out, where the person who typed it said, and papers that come back signed.

Put here how such a file is written or read, and what is said where it cannot be. What the files hold belongs to the commands.
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


def read_back(path: Path, what: str) -> str:
    """Return the text of a file that was named on the command line, which is to hold ``what``.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path}: expected {what}, found {error}; name another file"]) from error
