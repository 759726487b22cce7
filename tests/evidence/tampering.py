"""Ways to alter an archive, by name, with the verdict that Python and shell must both give with the signers known.

Put a mutation here when it is a class of its own. ``the_archive`` is what they are applied to: five signed packages, a change of key after
the third, and a fifth that removed a file of the first.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.domain.events import GENESIS_HASH, Event, StoredEvent, chain_hash
from registry.evidence.archive import publish
from registry.evidence.chain import Link, render_line
from registry.evidence.draft import draft_package
from registry.evidence.packages import read_seal
from registry.evidence.rotation import rotation_event
from registry.evidence.seal import parse_manifest, render_manifest, render_seal
from registry.evidence.signers import Signers, read_signers, signer_line
from registry.evidence.signing import SshSigner, public_line
from registry.evidence.ssh_signature import SshSignature, parse_signature, render_signature
from tests.evidence.archives import FIRST_DAY, a_key, ledger_of, sealed_at

PASS, FAIL, DOUBT = 0, 1, 3
PACKAGES = 5
BUNDLE = "sha256:" + "0" * 64
ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order of the group of Ed25519: adding it to a signature's second half gives a text that ssh-keygen also calls good."""


def keys(folder: Path) -> tuple[SshSigner, SshSigner, SshSigner]:
    """Return the first key, the one that follows it, and one that nobody knows."""
    return a_key(folder, "first"), a_key(folder, "second"), a_key(folder, "stranger")


def signers_of(folder: Path) -> Signers:
    path = folder / "allowed_signers"
    path.write_text("".join(signer_line(public_line(key.key), "sealer") for key in keys(folder)[:2]))
    return read_signers(path)


def a_ledger(folder: Path) -> list[StoredEvent]:
    """Return ten events, two a package, the sixth of which lets the second key follow the first."""
    first, second, _ = keys(folder)
    return with_event(
        ledger_of(10), 6, rotation_event(first.fingerprint, second.fingerprint, BUNDLE, FIRST_DAY, date(2020, 3, 3), 'Zo\u00eb "ops" \\ 2')
    )


def with_event(ledger: list[StoredEvent], seq: int, event: Event) -> list[StoredEvent]:
    """Return ``ledger`` with another event in place of the one numbered ``seq``, and all hashes after it made anew."""
    bodies = [event.canonical_body() if stored.seq == seq else stored.body for stored in ledger]
    chained: list[StoredEvent] = []
    for stored, body in zip(ledger, bodies, strict=True):
        before = chained[-1].hash if chained else GENESIS_HASH
        chained.append(replace(stored, prev_hash=before, body=body, hash=chain_hash(before, body)))
    return chained


def files_of(day: int) -> dict[str, bytes]:
    return {"decision.json": f'{{"day": {day}}}\n'.encode(), "report.html": b"<p>calm</p>\n", f"log-{day}.txt": b""}


def the_archive(folder: Path) -> Path:
    archive, ledger = folder / "archive", a_ledger(folder)
    first, second, _ = keys(folder)
    for day in range(1, PACKAGES + 1):
        files = files_of(day)
        if day == PACKAGES:
            path = "000001/report.html"
            files["removed.sha256"] = render_manifest({path: digest_bytes((archive / path).read_bytes())})
        draft = draft_package(folder / "spool", files)
        publish(archive, draft, ledger[: 2 * day], sealed_at(day), signer=first if day <= 3 else second)
    (archive / "000001/report.html").unlink()
    return archive


def reseal(archive: Path, seq: int, changes: Mapping[str, Any] = {}, signer: SshSigner | None = None) -> None:
    """Write manifest, seal and signature of ``seq`` again from what lies there: what the holder of a key could do."""
    manifest = archive / f"seals/{seq:06d}.sha256"
    listed = parse_manifest(manifest.read_bytes(), "manifest")
    digests = {
        path: digest_bytes((archive / path).read_bytes()) if (archive / path).is_file() else digest for path, digest in listed.items()
    }
    manifest.write_bytes(render_manifest(digests))
    bundle = {path[7:]: digest for path, digest in digests.items() if path.startswith(f"{seq:06d}/") and not path.endswith("ledger.jsonl")}
    said = {"manifest_digest": digest_bytes(manifest.read_bytes()), "bundle_digest": digest_bytes(render_manifest(bundle))}
    if seq > 1:
        said["prev"] = digest_bytes((archive / f"seals/{seq - 1:06d}.seal").read_bytes())
    seal = replace(read_seal(archive, seq), **{**said, **changes})
    (archive / f"seals/{seq:06d}.seal").write_bytes(render_seal(seal))
    if signer:
        (archive / f"seals/{seq:06d}.seal.sig").write_bytes(signer.sign(render_seal(seal)))


def reseal_from(archive: Path, seq: int, changes: Mapping[str, Any] = {}) -> None:
    """Rewrite the archive from ``seq`` to its end, as the holder of both keys could."""
    first, second, _ = keys(archive.parent)
    for number in range(seq, PACKAGES + 1):
        reseal(archive, number, changes if number == seq else {}, first if number <= 3 else second)


def edit(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def mutate(archive: Path) -> None:
        (archive / file).write_bytes(change((archive / file).read_bytes()))

    return mutate


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def edits(file: str) -> dict[str, tuple[Callable[[Path], None], int]]:
    """Return the ways to alter one regular file."""
    changes: dict[str, Callable[[bytes], bytes]] = {
        "flip a bit of": flip,
        "truncate": lambda content: content[:-1],
        "append a line end to": lambda content: content + b"\n",
        "append a zero byte to": lambda content: content + b"\0",
        "put a zero byte into": lambda content: content[:5] + b"\0" + content[5:],
        "empty": lambda _content: b"",
        "change the line ends of": lambda content: content.replace(b"\n", b"\r\n"),
    }
    found = {f"{name} {file}": (edit(file, change), FAIL) for name, change in changes.items()}
    for name, mutate in (("delete", delete), ("link", link), ("pipe", pipe), ("folder", become_folder)):
        found[f"{name} {file}"] = (lambda archive, mutate=mutate: mutate(archive / file), FAIL)
    return found


def delete(path: Path) -> None:
    path.unlink()


def link(path: Path) -> None:
    path.rename(path.parent.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent.parent / "elsewhere")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def add(name: str, content: bytes = b"{}\n") -> Callable[[Path], None]:
    def mutate(archive: Path) -> None:
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_bytes(content)

    return mutate


def add_folder(name: str) -> Callable[[Path], None]:
    return lambda archive: (archive / name).mkdir(parents=True)


def rename(old: str, new: str) -> Callable[[Path], None]:
    return lambda archive: (archive / old).rename(archive / new) and None


def swap(one: str, other: str) -> Callable[[Path], None]:
    def mutate(archive: Path) -> None:
        (archive / one).rename(archive / "aside")
        (archive / other).rename(archive / one)
        (archive / "aside").rename(archive / other)

    return mutate


def cut(*numbers: int) -> Callable[[Path], None]:
    """Take packages out whole, with their seal files."""

    def mutate(archive: Path) -> None:
        for seq in numbers:
            shutil.rmtree(archive / f"{seq:06d}")
            for path in archive.glob(f"seals/{seq:06d}.*"):
                path.unlink()

    return mutate


def leave_only(*numbers: int, said: str | None = None) -> Callable[[Path], None]:
    """Make the archive a partial one, with ``packages.txt`` as it should be or as ``said``."""

    def mutate(archive: Path) -> None:
        for seq in range(1, PACKAGES + 1):
            if seq not in numbers:
                shutil.rmtree(archive / f"{seq:06d}")
        (archive / "packages.txt").write_text("".join(f"{seq:06d}\n" for seq in numbers) if said is None else said)

    return mutate


def both(*mutations: Callable[[Path], Any]) -> Callable[[Path], None]:
    def mutate(archive: Path) -> None:
        for each in mutations:
            each(archive)

    return mutate


def then_reseal(seq: int, mutation: Callable[[Path], Any], changes: Mapping[str, Any] = {}) -> Callable[[Path], None]:
    """Alter something and rewrite the archive from ``seq`` on, signatures too: what is left is what the content itself betrays."""
    return both(mutation, lambda archive: reseal_from(archive, seq, changes))


def with_head_signature(change: Callable[[SshSignature], SshSignature]) -> Callable[[Path], None]:
    file = f"seals/{PACKAGES:06d}.seal.sig"
    return edit(file, lambda content: render_signature(change(parse_signature(content, file))))


def add_the_order(signature: SshSignature) -> SshSignature:
    value = signature.value
    number = int.from_bytes(value[-32:], "little") + ORDER
    return replace(signature, value=value[:-32] + number.to_bytes(32, "little"))


def fill_the_reserved_field(content: bytes) -> bytes:
    raw = base64.b64decode(b"".join(content.splitlines()[1:-1]))
    place = raw.index(b"evidence-seal@v1") + 16
    text = base64.b64encode(raw[:place] + b"\0\0\0\3abc" + raw[place + 4 :])
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def sign_with(which: int, *numbers: int) -> Callable[[Path], None]:
    """Sign seals with the first key (0), the second (1) or a stranger's (2), and bring the manifests after them up to date."""

    def mutate(archive: Path) -> None:
        first, second, stranger = keys(archive.parent)
        signing = (first, second, stranger)[which]
        for seq in range(min(numbers), PACKAGES + 1):
            reseal(archive, seq, {}, signing if seq in numbers else (first if seq <= 3 else second))

    return mutate


def strip(*numbers: int) -> Callable[[Path], None]:
    """Take signatures away and bring the manifests and seals after them up to date, without a key."""

    def mutate(archive: Path) -> None:
        for seq in range(1, PACKAGES + 1):
            if seq in numbers:
                (archive / f"seals/{seq:06d}.seal.sig").unlink()
        first, second, _ = keys(archive.parent)
        for seq in range(min(numbers) + 1, PACKAGES + 1):
            drop_lines(archive, seq, [f"seals/{gone:06d}.seal.sig" for gone in numbers])
            reseal(archive, seq, {"file_count": count_lines(archive, seq)}, None if seq in numbers else (first if seq <= 3 else second))

    return mutate


def drop_lines(archive: Path, seq: int, paths: list[str]) -> None:
    manifest = archive / f"seals/{seq:06d}.sha256"
    listed = parse_manifest(manifest.read_bytes(), "manifest")
    manifest.write_bytes(render_manifest({path: digest for path, digest in listed.items() if path not in paths}))


def count_lines(archive: Path, seq: int) -> int:
    return (archive / f"seals/{seq:06d}.sha256").read_bytes().count(b"\n")


def rewrite_ledger(seq: int, change: Callable[[list[StoredEvent]], list[StoredEvent]]) -> Callable[[Path], None]:
    """Change events of one package, keep the lines' own form, and reseal: only the chain of events can tell."""

    def mutate(archive: Path) -> None:
        events = change(a_ledger(archive.parent)[2 * seq - 2 : 2 * seq])
        links = (Link(event.seq, event.prev_hash, event.hash, event.body) for event in events)
        (archive / f"{seq:06d}/ledger.jsonl").write_bytes(b"".join(map(render_line, links)))

    return then_reseal(seq, mutate)


def rewrite_head(old: bytes, new: bytes) -> Callable[[Path], None]:
    """Change the text of the newest seal and sign it."""

    def mutate(archive: Path) -> None:
        seal = archive / f"seals/{PACKAGES:06d}.seal"
        text = seal.read_bytes().replace(old, new)
        assert text != seal.read_bytes()
        seal.write_bytes(text)
        (archive / f"seals/{PACKAGES:06d}.seal.sig").write_bytes(keys(archive.parent)[1].sign(text))

    return mutate


def without_rotation(archive: Path) -> None:
    """Rewrite the whole archive with a plain event where the rotation was."""
    ledger = ledger_of(10)
    for seq in range(1, PACKAGES + 1):
        links = (Link(event.seq, event.prev_hash, event.hash, event.body) for event in ledger[2 * seq - 2 : 2 * seq])
        (archive / f"{seq:06d}/ledger.jsonl").write_bytes(b"".join(map(render_line, links)))
    first, second, _ = keys(archive.parent)
    for seq in range(1, PACKAGES + 1):
        reseal(archive, seq, {"last_hash": ledger[2 * seq - 1].hash}, first if seq <= 3 else second)


def list_removed(content: bytes) -> Callable[[Path], None]:
    return then_reseal(PACKAGES, edit(f"{PACKAGES:06d}/removed.sha256", lambda _old: content))


def removed_lines(*paths: str, digest: bytes = b"<p>calm</p>\n") -> bytes:
    return render_manifest(dict.fromkeys(paths, digest_bytes(digest)))


def later(days: int) -> Callable[[Path], None]:
    return lambda archive: reseal_from(archive, PACKAGES, {"sealed_at": sealed_at(PACKAGES) + timedelta(days=days)})


FILES = (
    "000001/decision.json",
    "000003/ledger.jsonl",
    "000005/removed.sha256",
    "000005/decision.json",
    "seals/000002.seal",
    "seals/000002.sha256",
    "seals/000002.seal.sig",
    "seals/000005.seal",
    "seals/000005.sha256",
    "seals/000005.seal.sig",
)
EMPTY_DIGEST = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

MUTATIONS: dict[str, tuple[Callable[[Path], Any], int]] = {
    "nothing": (lambda _archive: None, PASS),
    "the workroom gone": (lambda archive: shutil.rmtree(archive / ".publish"), PASS),
    "verify.sh gone": (lambda archive: delete(archive / "verify.sh"), PASS),
    "another verify.sh": (edit("verify.sh", lambda content: content + b"\n"), DOUBT),
    "verify.sh a link": (lambda archive: link(archive / "verify.sh"), FAIL),
    "verify.sh a folder": (lambda archive: become_folder(archive / "verify.sh"), FAIL),
    **{name: found for file in FILES for name, found in edits(file).items()},
    # added
    "a file at the root": (add("notes.txt"), FAIL),
    "a hidden file": (add(".hidden"), FAIL),
    "the workroom a file": (both(lambda archive: shutil.rmtree(archive / ".publish"), add(".publish")), FAIL),
    "a file in a package": (add("000002/extra.json"), FAIL),
    "an empty file in a package": (add("000002/extra.json", b""), FAIL),
    "a hidden file in a package": (add("000002/.extra"), FAIL),
    "a folder in a package": (add("000002/sub/extra.json"), FAIL),
    "an empty folder in a package": (add_folder("000002/sub"), FAIL),
    "a name with a blank": (add("000002/a b.json"), FAIL),
    "a name with a line end": (add("000002/a\nb.json"), FAIL),
    "a name with a backslash": (add("000002/a\\b.json"), FAIL),
    "a name in another alphabet": (add("000002/ä.json"), FAIL),
    "a name of another case": (add("000002/Decision.json"), FAIL),
    "a reserved name": (add("000002/nul.json"), FAIL),
    "a name that is too long": (add("000002/" + "a" * 65), FAIL),
    "a link in a package": (lambda archive: (archive / "000002/extra").symlink_to("/etc/hostname"), FAIL),
    "a link that leads nowhere": (lambda archive: (archive / "000002/extra").symlink_to("nowhere"), FAIL),
    "a package at the end": (add_folder("000006"), FAIL),
    "a package far away": (add("999999/decision.json"), FAIL),
    "package zero": (add("000000/decision.json"), FAIL),
    "a folder at the root": (add_folder("extra"), FAIL),
    "a file beside the seals": (add("seals/notes"), FAIL),
    "a folder beside the seals": (add_folder("seals/000005.seal.tsr"), FAIL),
    "a seal without a package": (add("seals/000006.seal"), FAIL),
    "a manifest without a package": (add("seals/000009.sha256"), FAIL),
    "a signature without a seal": (add("seals/000006.seal.sig"), FAIL),
    "a time token": (add("seals/000002.seal.tsr"), PASS),
    "seals a file": (both(lambda archive: shutil.rmtree(archive / "seals"), add("seals")), FAIL),
    # moved
    "rename a file": (rename("000002/decision.json", "000002/decision2.json"), FAIL),
    "rename a package": (rename("000002", "000006"), FAIL),
    "rename the seals": (rename("seals", "Seals"), FAIL),
    "rename a seal": (rename("seals/000002.seal", "seals/000002.SEAL"), FAIL),
    "move a file to another package": (rename("000002/log-2.txt", "000003/log-2.txt"), FAIL),
    "swap packages": (swap("000001", "000002"), FAIL),
    "swap files of one package": (swap("000002/decision.json", "000002/report.html"), FAIL),
    "swap files of two packages": (swap("000002/decision.json", "000003/decision.json"), FAIL),
    "swap ledgers": (swap("000002/ledger.jsonl", "000004/ledger.jsonl"), FAIL),
    "swap seals": (swap("seals/000002.seal", "seals/000003.seal"), FAIL),
    "swap signatures": (swap("seals/000004.seal.sig", "seals/000005.seal.sig"), FAIL),
    "swap manifests": (swap("seals/000002.sha256", "seals/000003.sha256"), FAIL),
    # cut
    "cut the first package": (cut(1), FAIL),
    "cut a package": (cut(3), FAIL),
    "cut the last package": (cut(5), FAIL),  # it excuses the file that is gone
    "cut everything": (cut(1, 2, 3, 4, 5), DOUBT),
    "cut a package and its place": (both(cut(4), rename("000005", "000004")), FAIL),
    "a last package that is not sealed yet": (lambda archive: [delete(path) for path in archive.glob("seals/000005.*")], FAIL),
    # rewritten by the holder of the keys: only what the content betrays is left
    "rewrite a file with the keys": (then_reseal(2, edit("000002/decision.json", flip)), PASS),
    "rewrite the time with the keys": (then_reseal(2, lambda _: None, {"sealed_at": sealed_at(2) + timedelta(hours=1)}), PASS),
    "date a seal before the one before it": (then_reseal(3, lambda _: None, {"sealed_at": sealed_at(1)}), PASS),
    "leave days out": (later(4), PASS),
    "leave a month end out": (later(40), PASS),
    "another number": (then_reseal(5, lambda _: None, {"seq": 7}), FAIL),
    "another seal before": (then_reseal(5, lambda _: None, {"prev": "sha256:" + "1" * 64}), FAIL),
    "no seal before": (then_reseal(5, lambda _: None, {"prev": "none"}), FAIL),
    "another count": (then_reseal(5, lambda _: None, {"file_count": 4}), FAIL),
    "another manifest": (then_reseal(5, lambda _: None, {"manifest_digest": "sha256:" + "1" * 64}), FAIL),
    "no first event": (then_reseal(5, lambda _: None, {"first_event": None}), FAIL),
    "another first event": (then_reseal(5, lambda _: None, {"first_event": 8}), FAIL),
    "another last event": (then_reseal(5, lambda _: None, {"last_event": 9}), FAIL),
    "a last event that no number holds": (then_reseal(5, lambda _: None, {"last_event": 10**17}), FAIL),
    "another last hash": (then_reseal(5, lambda _: None, {"last_hash": "1" * 64}), FAIL),
    "another bundle": (then_reseal(5, lambda _: None, {"bundle_digest": "sha256:" + "1" * 64}), FAIL),
    "a day that does not exist": (rewrite_head(b"2020-03-06", b"2020-02-30"), FAIL),
    "an hour that does not exist": (rewrite_head(b"T11:00", b"T24:00"), FAIL),
    "a seal with a blank more": (rewrite_head(b"seq: 000005", b"seq:  000005"), FAIL),
    "a seal with a line more": (rewrite_head(b"seq: 000005\n", b"seq: 000005\nnote: x\n"), FAIL),
    "no events in a package": (rewrite_ledger(5, lambda _events: []), FAIL),
    "the first event gone": (rewrite_ledger(5, lambda events: events[1:]), FAIL),
    "the last event gone": (rewrite_ledger(5, lambda events: events[:1]), FAIL),
    "events swapped": (rewrite_ledger(5, lambda events: events[::-1]), FAIL),
    "an event twice": (rewrite_ledger(5, lambda events: [*events, events[1]]), FAIL),
    "another body": (rewrite_ledger(5, lambda events: [events[0], replace(events[1], body=b"{}")]), FAIL),
    "another body in the middle": (rewrite_ledger(3, lambda events: [replace(events[0], body=b'{"a":1}'), events[1]]), FAIL),
    "another number of an event": (rewrite_ledger(5, lambda events: [events[0], replace(events[1], seq=11)]), FAIL),
    "another hash before": (rewrite_ledger(5, lambda events: [events[0], replace(events[1], prev_hash="1" * 64)]), FAIL),
    "another hash": (rewrite_ledger(5, lambda events: [events[0], replace(events[1], hash="1" * 64)]), FAIL),
    "half a line": (then_reseal(5, edit("000005/ledger.jsonl", lambda text: text[:-40])), FAIL),
    "no line end": (then_reseal(5, edit("000005/ledger.jsonl", lambda text: text[:-1])), FAIL),
    "an empty line": (then_reseal(5, edit("000005/ledger.jsonl", lambda text: text + b"\n")), FAIL),
    "a zero byte in a body": (then_reseal(5, edit("000005/ledger.jsonl", lambda text: text.replace(b'"n"', b'"\0"'))), FAIL),
    # signatures
    "bytes after the armor": (edit("seals/000005.seal.sig", lambda text: text + b"more\n"), FAIL),
    "bytes before the armor": (edit("seals/000005.seal.sig", lambda text: b"more\n" + text), FAIL),
    "a blank in the armor": (edit("seals/000005.seal.sig", lambda text: text.replace(b"\n", b" \n", 2)), FAIL),
    "other line lengths in the armor": (edit("seals/000005.seal.sig", lambda text: text.replace(b"A", b"A\n", 1)), FAIL),
    "a reserved field": (edit("seals/000005.seal.sig", fill_the_reserved_field), FAIL),
    "the order added": (with_head_signature(add_the_order), FAIL),
    "bytes inside the signature": (with_head_signature(lambda signature: replace(signature, value=signature.value + b"\0")), FAIL),
    "another namespace": (with_head_signature(lambda signature: replace(signature, namespace="file")), FAIL),
    "another hash algorithm": (with_head_signature(lambda signature: replace(signature, algorithm="sha256")), FAIL),
    "no signature at all": (edit("seals/000005.seal.sig", lambda _: b"x"), FAIL),
    "the head signed by a stranger": (sign_with(2, 5), FAIL),
    "the head signed by the key before": (sign_with(0, 5), FAIL),
    "a seal signed by a stranger": (sign_with(2, 2), FAIL),
    "all signed by a stranger": (sign_with(2, 1, 2, 3, 4, 5), FAIL),
    "a stranger before the known key": (sign_with(2, 1), FAIL),
    "the new key too early": (sign_with(1, 3, 4, 5), FAIL),
    "all signed by the first key": (sign_with(0, 1, 2, 3, 4, 5), PASS),
    "all signed by the second key": (sign_with(1, 1, 2, 3, 4, 5), PASS),
    "the old key again": (sign_with(0, 5), FAIL),
    "another key without its event": (without_rotation, FAIL),
    "the head's signature gone": (strip(5), FAIL),
    "a signature gone": (strip(3), FAIL),
    "all signatures gone": (strip(1, 2, 3, 4, 5), FAIL),
    "the first signature gone": (strip(1), PASS),  # an archive may begin to be signed later than it began
    # removals
    "a removed file that is still there": (add("000001/report.html", b"<p>calm</p>\n"), DOUBT),
    "another file where one was removed": (add("000001/report.html", b"<p>alarm</p>\n"), FAIL),
    "another file gone": (lambda archive: delete(archive / "000002/report.html"), FAIL),
    "two files removed": (
        both(
            list_removed(removed_lines("000001/report.html", "000002/report.html")), lambda archive: delete(archive / "000002/report.html")
        ),
        PASS,
    ),
    "a removal with another digest": (list_removed(removed_lines("000001/report.html", digest=b"other")), FAIL),
    "a removal of what never was": (list_removed(removed_lines("000001/never.html", "000001/report.html")), FAIL),
    "a removal of a ledger": (list_removed(removed_lines("000001/ledger.jsonl", "000001/report.html")), FAIL),
    "a removal in its own package": (list_removed(removed_lines("000001/report.html", "000005/report.html")), FAIL),
    "a removal of a seal": (list_removed(removed_lines("000001/report.html", "seals/000001.seal")), FAIL),
    "an empty list of removals": (list_removed(b""), FAIL),
    "a list of removals with a comment": (list_removed(b"# none\n"), FAIL),
    # parts
    "a part": (leave_only(2, 3), PASS),
    "a part with the removal": (leave_only(1, 3, 5), PASS),
    "a part without the removal": (leave_only(1, 2), DOUBT),  # the list that may excuse the missing file is not here
    "a part without the rotation": (leave_only(2, 4), DOUBT),
    "a part that says all": (leave_only(1, 2, 3, 4, 5), PASS),
    "a part with a file gone": (both(leave_only(2, 3), lambda archive: delete(archive / "000002/decision.json")), DOUBT),
    "a part with a file gone and every list": (both(leave_only(2, 5), lambda archive: delete(archive / "000002/decision.json")), FAIL),
    "a part with a file altered": (both(leave_only(2, 3), edit("000002/decision.json", flip)), FAIL),
    "a part with an event altered": (both(leave_only(2, 3), edit("000002/ledger.jsonl", flip)), FAIL),
    "a part with a seal gone": (both(leave_only(2, 3), lambda archive: delete(archive / "seals/000001.seal")), FAIL),
    "a part that names too much": (leave_only(2, 3, said="000001\n000002\n000003\n"), FAIL),
    "a part that names too little": (leave_only(2, 3, said="000002\n"), FAIL),
    "a part out of order": (leave_only(2, 3, said="000003\n000002\n"), FAIL),
    "a part that names nothing": (leave_only(1, 2, 3, 4, 5, said=""), DOUBT),
    "a part in other words": (leave_only(1, 2, 3, 4, 5, said="1\n2\n3\n4\n5\n"), DOUBT),
    "a part that names one twice": (leave_only(1, 2, 3, 4, 5, said="000001\n000001\n000002\n"), DOUBT),
}
