"""``proofloop versions digest``: the digest of a version's files, for the signed list of models that may be scored here.

Put here how the digest is asked for on the command line. What it is over is ``registry/versions/scoring_allowed.py``.
"""

from __future__ import annotations

import click

from deployments.cli.session import Session, with_global_options
from registry.errors import ConfigurationError


@click.command("digest")
@click.argument("system_id", metavar="SYSTEM")
@click.argument("artifact", metavar="ARTIFACT")
@click.argument("version", metavar="VERSION")
@with_global_options
@click.pass_obj
def digest(session: Session, system_id: str, artifact: str, version: str) -> None:
    """Fetch VERSION of a model from MLflow and print the line that `allowed_models` would list it by; nothing of it is run."""
    from registry.catalogue.loader import load_catalogue
    from registry.versions.pinned import pin_registered
    from registry.versions.scoring import fetched

    workspace = session.workspace()
    specs = {(one.system_id, spec.artifact): spec for one in load_catalogue(workspace) for spec in one.versions if spec.mlflow_model}
    if (system_id, artifact) not in specs:
        known = ", ".join(" ".join(one) for one in sorted(specs)) or "none"
        raise ConfigurationError([f"{system_id} {artifact}: expected a model that MLflow keeps ({known}), found another; see systems/"])
    spec, uri = specs[system_id, artifact], workspace.mlflow_uri() or ""
    pinned = pin_registered(uri, spec, version)
    with fetched(spec, pinned.version, uri) as (_, found):
        name = f"{spec.mlflow_model} {pinned.version}"
    document = {"kind": "model_digest", "schema_version": 1, "model": spec.mlflow_model, "version": pinned.version, "digest": found}
    session.answer(document, [f"{found}  {name}"])
