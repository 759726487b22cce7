"""What the guide tells approvers to type works on a machine with nothing of ours, and its table names every refusal."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from registry.domain.approving import SignatureVerdict
from tests.approvals.scenes import PEOPLE, Scene
from tests.architecture.project import ROOT

GUIDE = (ROOT / "docs/guides/approve.md").read_text(encoding="utf-8")
ROLE = "risk_compliance"


def typed(folder: Path) -> list[str]:
    """Type the guide's blocks in a folder, with stock tools alone, and return the lines that came."""
    tools = folder.parent / "bin"
    tools.mkdir()
    for tool in ("sh", "cat", "tr", "grep", "sha256sum", "ssh-keygen"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    script = "set -e\n" + "\n".join(re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        ["env", "-i", f"PATH={tools}", str(tools / "sh"), "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_approver_who_follows_the_guide_signs_what_is_then_recorded(scene: Scene, tmp_path: Path) -> None:
    request, folder = scene.request(ROLE), tmp_path / "approver"
    folder.mkdir()
    shutil.copy(request, folder / "request.json")
    shutil.copy(request.with_name(f"{request.stem}-document.json"), folder / "request-document.json")
    shutil.copy(scene.key(ROLE), folder / "approver_key")
    shutil.copy(scene.signers, folder / "allowed_signers")
    lines = typed(folder)
    (digest,) = [line.split()[0] for line in lines if line.endswith("request-document.json")]
    assert f' "evidence_digest": "sha256:{digest}",' in lines
    assert lines[-1].startswith(f'Good "{ROLE}" signature for {PEOPLE[ROLE]} with ED25519 key SHA256:')
    assert scene.record(folder / "request.json", "--signature", folder / "request.json.sig") == 0


def test_the_guide_names_every_refusal_and_no_other() -> None:
    section = GUIDE.partition("## What is refused")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", section))
    written = {verdict.value for verdict in SignatureVerdict} - {"good", "no_signature"}
    for name in ("approvals", "requests", "duties"):
        text = (ROOT / f"checks/work/{name}.py").read_text(encoding="utf-8")
        written |= set(re.findall(r'Refusal\(\s*"([a-z_]+)"', text))
    assert named == written | {"superseded", "edited_document", "needs_signature", "wrong_actor"}
