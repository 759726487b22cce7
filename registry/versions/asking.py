"""One question to MLflow: asked within bounds, and its silence told from its answers.

Put here how MLflow is reached and how its errors are told apart. What is asked belongs to the module of the question.

 * A registry that does not answer is an outage, and soon, where MLflow's own defaults would wait four minutes.
 * A registry that refuses (credentials, address) is a configuration error: no retry helps.
 * What an error means as an answer, the question says. An error's own text can hold credentials: it stays here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from registry.errors import ConfigurationError, ProofloopError, VersionsUnavailableError

Answer = TypeVar("Answer")

# Defaults only: what an operator set stays.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_REFUSALS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "ENDPOINT_NOT_FOUND", "INVALID_PARAMETER_VALUE", "BAD_REQUEST"})
_SQLITE = "sqlite:///"


def ask(uri: str, what: str, unknown: str, question: Callable[[Any], Answer], meaning: Callable[[str, str], Answer | None]) -> Answer:
    """Return the answer of MLflow at ``uri`` to ``question``, which is given its client.

    ``what`` names what is asked for and ``unknown`` what is not known without an answer. ``meaning`` says which answer an error's code and
    text are; None where they are none.

    Raises:
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist (asking never creates one).
        ConfigurationError: the registry refused.
    """
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).is_file():
        raise VersionsUnavailableError(f"{_shown(uri)}: expected a SQLite file, found none; start MLflow once, or correct mlflow_uri")
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)

    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return question(MlflowClient(tracking_uri=uri, registry_uri=uri))
    except MlflowException as error:
        answer = meaning(str(error.error_code), str(error))
        if answer is None:
            raise _failure(uri, str(error.error_code), what, unknown) from None
        return answer
    except (SQLAlchemyError, OSError) as error:
        raise unavailable(uri, type(error).__name__, unknown) from None


def unavailable(uri: str, why: str, unknown: str) -> VersionsUnavailableError:
    """Return the outage of a registry that said ``why`` and no answer."""
    return VersionsUnavailableError(f"MLflow at {_shown(uri)} does not answer ({why}); {unknown} until it does, run again")


def _failure(uri: str, code: str, what: str, unknown: str) -> ProofloopError:
    if code in _REFUSALS:
        return ConfigurationError([f"mlflow_uri {_shown(uri)}: expected {what}, found a refusal ({code}); check address and rights"])
    return unavailable(uri, code, unknown)


def _shown(uri: str) -> str:
    """Return an address without user and password."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri  # writing it anew would take slashes from the path of a file
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
