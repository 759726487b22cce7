"""Issues that MLflow keeps of its experiments, as its server or database gives them.

Put asking MLflow for issues here; what their fields mean is ``registry/exchange/mlflow_issues.py``. Nothing is written to MLflow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry.errors import ConfigurationError, VersionsUnavailableError

_ENVIRONMENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_DISABLE_TELEMETRY": "true"}
_SQLITE = "sqlite:///"
_PAGE = 100
_OUTAGES = frozenset({"TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR", "REQUEST_LIMIT_EXCEEDED"})


def read_issues(uri: str, experiment_id: str) -> list[dict[str, Any]]:
    """Return every issue of an experiment, of all experiments where none is named, in the order of their ids.

    Raises:
        VersionsUnavailableError: MLflow does not answer, or its SQLite file does not exist (reading never creates one).
        ConfigurationError: MLflow refuses, or its store keeps no issues, as plain files do not.
    """
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).is_file():
        raise VersionsUnavailableError(f"{_shown(uri)}: expected a SQLite file, found none; start MLflow once, or correct the address")
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return sorted(_pages(uri, experiment_id), key=lambda issue: str(issue["issue_id"]))
    except MlflowException as error:
        raise _told(uri, str(error.error_code)) from None
    except (NotImplementedError, AttributeError):
        raise ConfigurationError([f"MLflow at {_shown(uri)}: expected a store that keeps issues, found one that does not"]) from None
    except (SQLAlchemyError, OSError) as error:
        raise VersionsUnavailableError(
            f"MLflow at {_shown(uri)} does not answer ({type(error).__name__}); run again when it does"
        ) from None


def _pages(uri: str, experiment_id: str) -> Iterator[dict[str, Any]]:
    from mlflow.tracking._tracking_service.utils import _get_store

    store, token = _get_store(uri), None
    while True:
        page = store.search_issues(experiment_id=experiment_id or None, max_results=_PAGE, page_token=token, include_trace_count=False)
        yield from (issue.to_dictionary() for issue in page)
        token = page.token
        if not token:
            return


def _told(uri: str, code: str) -> VersionsUnavailableError | ConfigurationError:
    """Return the error of a refusal or an outage. MLflow's own text can hold credentials: it stays there."""
    if code in _OUTAGES:
        return VersionsUnavailableError(f"MLflow at {_shown(uri)} does not answer ({code}); run again when it does")
    return ConfigurationError(
        [f"MLflow at {_shown(uri)}: expected its issues, found a refusal ({code}); check address, rights and experiment"]
    )


def _shown(uri: str) -> str:
    """Return an address without user and password; a file has neither."""
    if uri.startswith(_SQLITE):
        return uri
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
