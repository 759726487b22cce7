"""Mutations by somebody who knows how archives are sealed: what was altered is hashed again, and signed with what they hold.

Put a class of mutations here that uses ``forgery.py`` or touches signatures; the others are ``mutations_files.py``.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterable
from datetime import timedelta

from registry.domain.canonical import digest_bytes
from registry.evidence.chain import Link, render_line
from registry.evidence.names import LEDGER_FILE, PACKAGES_FILE, REMOVED_FILE, seal_path
from registry.evidence.packages import read_seal
from registry.evidence.seal import parse_manifest, render_manifest
from tests.torture.forgery import Key, Sign, after, bodies_of, chain_again, put, seal_again
from tests.torture.site import Site

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"


def _hands(site: Site) -> tuple[str, Sign | None]:
    """What somebody without the key can do about signatures."""
    return site.chance.choice(
        [
            ("signatures kept", None),
            ("signatures taken away", lambda _seq, _text: None),
            ("signed by a stranger", site.stranger.signing),
            ("signatures of an earlier seal", lambda _seq, _text: site.read("seals/000001.seal.sig")),
        ]
    )


def back_date(site: Site) -> str:
    """Change the time of a seal, and hash the later seals again, without the key."""
    seq = site.a_package()
    days = site.chance.choice([-4000, -30, -1, 1, 365])
    how, sign = _hands(site)
    time = read_seal(site.folder, seq).sealed_at + timedelta(days=days)
    seal_again(site.folder, after(site.folder, seq), sign, {seq: time})
    return f"seal {seq:06d} dated {days} days on, {how}"


def forge_memo(site: Site) -> str:
    seq, change = _edit_memo(site, site.a_package())
    how, sign = _hands(site)
    seal_again(site.folder, after(site.folder, seq), sign)
    return f"{change}, hashed to the end, {how}"


def forge_memo_with_key(site: Site) -> str:
    """The key is used, but what was sealed later stays as it was (else it is a full rewrite)."""
    seq, change = _edit_memo(site, site.a_package(before_last=1))
    until = site.chance.randint(seq, site.last - 1)
    seal_again(site.folder, range(seq, until + 1), site.key.signing)
    return f"{change}, sealed with the key to {until:06d}"


def edit_database(site: Site) -> str:
    seq, change = _edit_event(site)
    how, sign = _hands(site)
    seal_again(site.folder, after(site.folder, seq), sign)
    return f"{change}, chained and hashed to the end, {how}"


def edit_database_and_ledger_file_only(site: Site) -> str:
    seq, change = _edit_event(site)
    return f"{change}, chained again from {seq:06d}, seals kept"


def rewrite_with_key(site: Site) -> str:
    """Whoever holds the key rewrites from some package to the end: without a head known elsewhere this is an archive like any other."""
    what = site.chance.choice(["memo", "event", "time", "package"])
    if what == "memo":
        seq, change = _edit_memo(site, site.a_package())
    elif what == "event":
        seq, change = _edit_event(site)
    elif what == "package":
        seq, change = _replace_last(site)
    else:
        seq, change = site.a_package(), "another time"
    later = read_seal(site.folder, seq).sealed_at + timedelta(seconds=site.chance.randint(1, 3600))
    seal_again(site.folder, after(site.folder, seq), site.key.signing, {seq: later} if what == "time" else None)
    return f"{change} in {seq:06d}, sealed with the key to the end"


def add_package(site: Site) -> str:
    """Add one more package at the end without the key."""
    last = site.last
    shutil.copytree(site.folder / f"{last:06d}", site.folder / f"{last + 1:06d}")
    put(site.folder / f"{last + 1:06d}" / LEDGER_FILE, b"")
    for suffix in (".seal", ".seal.sig"):
        put(seal_path(site.folder, last + 1, suffix), seal_path(site.folder, last, suffix).read_bytes())
    how, sign = _hands(site)
    seal_again(site.folder, [last + 1], sign)
    return f"{last + 1:06d} added, {how}"


def pad_armor(site: Site) -> str:
    path = site.a_seal_file(".seal.sig")
    text = path.read_bytes()
    body = text.removeprefix(_BEGIN).removesuffix(_END).replace(b"\n", b"")
    forms = {
        "an empty line at the end": text + b"\n",
        "text after the armor": text + b"see also\n",
        "text before the armor": b"\n" + text,
        "carriage returns": text.replace(b"\n", b"\r\n"),
        "blanks at line ends": text.replace(b"\n", b" \n", 2),
        "no line end at the end": text[:-1],
        "longer lines": _armor(body, 76),
        "one line": _armor(body, len(body)),
        "doubled": text + text,
        "a reserved field": _armor(_with_reserved(body), 70),
        "other bits after the last byte": _armor(_other_tail(body), 70),
        "bytes after the blob": _armor(base64.b64encode(base64.b64decode(body) + b"\0\0\0"), 70),
        "an empty line inside": text.replace(b"\n", b"\n\n", 1),
        "a NUL at the end": text + b"\0",
    }
    form = site.chance.choice(sorted(forms))
    put(path, forms[form])
    return f"{path.name}: {form}"


def _armor(body: bytes, width: int) -> bytes:
    lines = (body[start : start + width] for start in range(0, len(body), width))
    return _BEGIN + b"".join(line + b"\n" for line in lines) + _END


def _with_reserved(body: bytes) -> bytes:
    """Put a text into the field that is not signed over."""
    raw = base64.b64decode(body)
    empty = raw.index(b"evidence-seal@v1") + len(b"evidence-seal@v1")
    return base64.b64encode(raw[:empty] + b"\0\0\0\3abc" + raw[empty + 4 :])


def _other_tail(body: bytes) -> bytes:
    """Change bits of the last letter that no byte is made of; where there are none, pad it."""
    if not body.endswith(b"="):
        return body + b"===="
    place = len(body.rstrip(b"=")) - 1
    return body[:place] + bytes([body[place] + 1]) + body[place + 1 :]


def wrong_namespace(site: Site) -> str:
    seq = site.a_package()
    namespace = site.chance.choice(["file", "git", "evidence-seal", "evidence-seal@v2", "approve@v1", "EVIDENCE-SEAL@V1", ""])
    text = seal_path(site.folder, seq).read_bytes()
    put(seal_path(site.folder, seq, ".seal.sig"), site.key.sign(text, namespace))
    return _and_perhaps_hashed(site, seq, f"seal {seq:06d} signed for {namespace!r}")


def swap_signatures(site: Site) -> str:
    one, other = site.chance.sample(range(1, site.last + 1), 2)
    texts = [seal_path(site.folder, seq, ".seal.sig").read_bytes() for seq in (one, other)]
    put(seal_path(site.folder, one, ".seal.sig"), texts[1])
    if site.chance.random() < 0.5:
        put(seal_path(site.folder, other, ".seal.sig"), texts[0])
    return _and_perhaps_hashed(site, min(one, other), f"signature of {other:06d} at {one:06d}")


def strange_signature(site: Site) -> str:
    seqs = site.chance.choice([[site.a_package()], [site.last], list(range(1, site.last + 1)), list(after(site.folder, site.a_package()))])
    forms: dict[str, Sign] = {
        "by a stranger": site.stranger.signing,
        "made by a stranger in the key's name": lambda _seq, text: _in_the_name_of(site.key, site.stranger, text),
        "over other bytes": lambda _seq, text: site.key.sign(text + b"\n"),
        "gone": lambda _seq, _text: None,
    }
    form = site.chance.choice(sorted(forms))
    for seq in seqs:
        path = seal_path(site.folder, seq, ".seal.sig")
        made = forms[form](seq, seal_path(site.folder, seq).read_bytes())
        path.unlink()
        if made is not None:
            put(path, made)
    return _and_perhaps_hashed(site, seqs[0], f"signature of {seqs} {form}")


def _in_the_name_of(key: Key, by: Key, text: bytes) -> bytes:
    """Return a signature by one key whose blob names the other."""
    body = base64.b64decode(by.sign(text).removeprefix(_BEGIN).removesuffix(_END).replace(b"\n", b""))
    return _armor(base64.b64encode(body.replace(by.blob, key.blob)), 70)


def _and_perhaps_hashed(site: Site, seq: int, did: str) -> str:
    if seq < site.last and site.chance.random() < 0.5:
        seal_again(site.folder, after(site.folder, seq + 1), site.chance.choice([None, site.stranger.signing]))
        return f"{did}, later ones hashed"
    return did


def forge_removal(site: Site) -> str:
    """Delete a file and say in a later package that it was removed, without the key; or say so of what is still there."""
    owner = site.a_package(before_last=1)
    victim = site.a_data_file(owner)
    listing = site.folder / f"{site.a_package(first=owner + 1):06d}" / REMOVED_FILE
    said = parse_manifest(listing.read_bytes(), listing.name) if listing.exists() and site.chance.random() < 0.5 else {}
    put(listing, render_manifest(said | {str(victim.relative_to(site.folder)): digest_bytes(victim.read_bytes())}))
    if site.chance.random() < 0.8:
        victim.unlink()
    did = f"{victim.relative_to(site.folder)} removed as {listing.relative_to(site.folder)} says"
    if site.chance.random() < 0.5:
        how, sign = _hands(site)
        seal_again(site.folder, after(site.folder, int(listing.parent.name)), sign)
        return f"{did}, hashed to the end, {how}"
    return did


def name_packages(site: Site) -> str:
    """Say that the archive is partial, perhaps with the packages gone that are not named."""
    numbers = list(range(1, site.last + 1))
    kept = sorted(site.chance.sample(numbers, site.chance.randint(1, len(numbers))))
    texts = [
        b"".join(b"%06d\n" % seq for seq in kept),
        b"",
        b"all\n",
        b"".join(b"%06d\n" % seq for seq in reversed(kept)),
        b"%d\n" % kept[0],
    ]
    put(site.folder / PACKAGES_FILE, site.chance.choice(texts[:1] * 4 + texts[1:]))
    gone = site.chance.choice([[], [seq for seq in numbers if seq not in kept]])
    for seq in gone:
        shutil.rmtree(site.folder / f"{seq:06d}")
    return f"{PACKAGES_FILE} names {kept}, gone are {gone}"


def replace_archive(site: Site) -> str:
    """Put an archive of a stranger in its place, whole, hashed and signed."""
    _edit_memo(site, 1)
    sign: Sign = site.chance.choice([site.stranger.signing, lambda _seq, _text: None])
    seal_again(site.folder, after(site.folder, 1), sign)
    return "all packages sealed by a stranger, or by nobody"


def _edit_memo(site: Site, seq: int) -> tuple[int, str]:
    path = site.a_data_file(seq)
    content = site.chance.choice([b'{"verdict": "pass"}\n', path.read_bytes() + b" ", path.read_bytes().swapcase()])
    put(path, content)
    return seq, f"{seq:06d}/{path.name} forged ({len(content)} bytes)"


def _edit_event(site: Site) -> tuple[int, str]:
    """Change, take out or add events as an edited database would hold them; return where the change begins."""
    full = [seq for seq in range(1, site.last + 1) if (site.folder / f"{seq:06d}" / LEDGER_FILE).stat().st_size]
    seq = site.chance.choice(full)
    path = site.folder / f"{seq:06d}" / LEDGER_FILE
    bodies = bodies_of(path)
    place = site.chance.randrange(len(bodies))
    deed = site.chance.choice(["edited", "taken out", "doubled"])
    bodies[place : place + 1] = {"edited": [_edited(bodies[place])], "taken out": [], "doubled": [bodies[place]] * 2}[deed]
    put(path, _unchained(bodies))
    chain_again(site.folder, seq)
    return seq, f"event {place} of {seq:06d} {deed}"


def _edited(body: bytes) -> bytes:
    text = json.loads(body)
    text["data"] = {"edited": True}
    return json.dumps(text, sort_keys=True, separators=(",", ":")).encode()


def _unchained(bodies: Iterable[bytes]) -> bytes:
    return b"".join(render_line(Link(1, "0" * 64, "0" * 64, body)) for body in bodies)


def _replace_last(site: Site) -> tuple[int, str]:
    put(site.a_data_file(site.last), b'{"verdict": "pass"}\n')
    put(site.folder / f"{site.last:06d}" / "added.json", b"{}\n")
    return site.last, "a file added to the last package"
