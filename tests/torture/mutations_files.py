"""Mutations of bytes, names and kinds of files, by somebody who knows nothing of seals.

Put a class of mutations here that hashes nothing again; the others are ``mutations_forged.py``.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from registry.evidence.names import SCRIPT_FILE, seal_files, seal_path
from tests.torture.site import Site

ADDED = (
    "notes.txt",
    "README",
    ".hidden",
    "packages.TXT",
    ".publish",
    "Seals/000001.seal",
    "seals/notes.txt",
    "seals/{next:06d}.seal",
    "seals/{next:06d}.seal.sig",
    "seals/000099.sha256",
    "seals/{some:06d}.seal.bak",
    "seals/deep/000001.seal",
    "{some:06d}/added.json",
    "{some:06d}/ledger.jsonl.old",
    "{some:06d}/deep/added.json",
    "{some:06d}/.publish/added.json",
    "{some:06d}/con",
    "{some:06d}/a name with blanks",
    "{some:06d}/two\nlines",
    "{some:06d}/back\\slash",
    "{some:06d}/-rf",
    "{some:06d}/*",
    "{some:06d}/$(id)",
    "{some:06d}/gr\u00fcn.json",
    "{some:06d}/not-utf8-\udcff",
    "{some:06d}/bell\a",
    "{some:06d}/" + "n" * 65,
    "{next:06d}/decision.json",
    "0000001/decision.json",
    "999999/ledger.jsonl",
    "000000/ledger.jsonl",
)


def flip_bit(site: Site) -> str:
    file = site.a_byte_file()
    content = bytearray(site.read(file))
    place = site.chance.randrange(len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    site.put(file, bytes(content))
    return f"{file}: bit {place}"


def set_byte(site: Site) -> str:
    file = site.a_byte_file()
    content = bytearray(site.read(file))
    place, value = site.chance.randrange(len(content)), site.chance.choice([0, 10, 13, 32, 255, site.chance.randrange(256)])
    content[place] = value
    site.put(file, bytes(content))
    return f"{file}: byte {place} is {value}"


def truncate(site: Site) -> str:
    file = site.a_byte_file()
    content = site.read(file)
    length = site.chance.choice([0, len(content) - 1, site.chance.randrange(len(content))])
    site.put(file, content[:length])
    return f"{file}: cut to {length} bytes"


def append(site: Site) -> str:
    file = site.a_byte_file()
    more = site.chance.choice([b"\n", b" ", b"\0", b"\r\n", b"x", b"{}\n", site.read(file), site.chance.randbytes(40)])
    site.put(file, site.read(file) + more)
    return f"{file}: {len(more)} bytes after its end, {more[:8]!r}"


def insert_or_cut_out(site: Site) -> str:
    file = site.a_byte_file()
    content = site.read(file)
    start = site.chance.randrange(len(content))
    length = site.chance.randint(1, 9)
    if site.chance.random() < 0.5:
        site.put(file, content[:start] + content[start + length :])
        return f"{file}: bytes {start} to {start + length} cut out"
    site.put(file, content[:start] + site.chance.randbytes(length) + content[start:])
    return f"{file}: {length} bytes put in at {start}"


def change_lines(site: Site) -> str:
    file = site.a_byte_file()
    lines = site.read(file).splitlines(keepends=True)
    one, other = site.chance.randrange(len(lines)), site.chance.randrange(len(lines))
    deed = site.chance.choice(["doubled", "taken out", "exchanged with another"])
    if deed == "doubled":
        lines.insert(other, lines[one])
    elif deed == "taken out":
        del lines[one]
    else:
        lines[one], lines[other] = lines[other], lines[one]
    site.put(file, b"".join(lines))
    return f"{file}: line {one} {deed}"


def delete_file(site: Site) -> str:
    file = site.a_file()
    (site.folder / file).unlink()
    return f"{file}: gone"


def add_file(site: Site) -> str:
    name = site.chance.choice(ADDED).format(some=site.a_package(), next=site.last + 1)
    if site.chance.random() < 0.2 and name != ".publish":
        (site.folder / name).mkdir(parents=True, exist_ok=True)
        return f"{name!r}: an empty folder"
    site.put(name, site.chance.choice([b"", b"{}\n", site.read(site.a_file())]))
    return f"{name!r}: added"


def swap_files(site: Site) -> str:
    one, other = site.a_file(), site.a_file()
    first, second = site.read(one), site.read(other)
    site.put(one, second)
    site.put(other, first)
    return f"{one} and {other} exchanged"


def rename(site: Site) -> str:
    old = site.chance.choice([*site.files(), *(f"{seq:06d}" for seq in range(1, site.last + 1)), "seals", SCRIPT_FILE])
    name = old.rpartition("/")[2]
    elsewhere = site.chance.choice([f"{site.a_package():06d}/", "seals/", ""])
    new = site.chance.choice([f"{old}.old", f"{old}~", f"{elsewhere}{name}", f"{old.rpartition('/')[0]}/x{name}".lstrip("/")])
    if (site.folder / new).exists() or new.startswith(f"{old}/"):
        new = f"{old}.moved"
    (site.folder / old).rename(site.folder / new)
    return f"{old} is now {new}"


def link(site: Site) -> str:
    """Put a link where a file was (to the same bytes elsewhere, to another file, to nothing) or where nothing was."""
    file, other = site.chance.sample(site.files(), 2)
    path = site.folder / file
    kind = site.chance.choice(["same bytes", "another", "nothing", "hard link to another", "folder", "added link", "added hard link"])
    if kind == "added link":
        (path.parent / "added.json").symlink_to(path)
    elif kind == "added hard link":
        os.link(path, path.parent / "added.json")
    elif kind == "hard link to another":
        path.unlink()
        os.link(site.folder / other, path)
    elif kind == "folder":
        folder = path.parent
        outside = site.folder.parent / f"{site.folder.name}-outside"
        shutil.rmtree(outside, ignore_errors=True)
        folder.rename(outside)
        folder.symlink_to(outside)
    else:
        outside = site.folder.parent / f"{site.folder.name}-outside"
        shutil.rmtree(outside, ignore_errors=True)
        outside.mkdir()
        path.rename(outside / "bytes")
        path.symlink_to({"same bytes": outside / "bytes", "another": site.folder / other, "nothing": outside / "none"}[kind])
    return f"{file}: {kind} ({other})"


def special_file(site: Site) -> str:
    path = site.folder / site.a_file()
    if site.chance.random() < 0.5:
        path = path.with_name("added.json")
    else:
        path.unlink()
    kind = site.chance.choice(["pipe", "socket", "folder"])
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        _bind(path)
    return f"{path.relative_to(site.folder)}: a {kind}"


def _bind(path: Path) -> None:
    """Leave a socket at ``path``, which may be longer than a socket's name can be."""
    folder = os.open(path.parent, os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


def duplicate_in_other_case(site: Site) -> str:
    file = site.a_file()
    folder, _, name = file.rpartition("/")
    other = site.chance.choice([name.upper(), name.capitalize(), name.swapcase()])
    content = site.read(file)
    if site.chance.random() < 0.4:
        (site.folder / file).unlink()
    site.put(f"{folder}/{other}", content)
    return f"{file}: also, or now, {other}"


def reorder_seals(site: Site) -> str:
    """Exchange all seal files of two packages, or move them round by one."""
    numbers = list(range(1, site.last + 1))
    order = site.chance.sample(numbers, site.chance.randint(2, len(numbers)))
    suffixes = site.chance.choice([(".seal",), (".seal", ".seal.sig"), (".sha256",), (".seal", ".seal.sig", ".sha256")])
    for suffix in suffixes:
        contents = [seal_path(site.folder, seq, suffix).read_bytes() for seq in order]
        for seq, content in zip(order, [*contents[1:], contents[0]], strict=True):
            site.put(seal_path(site.folder, seq, suffix), content)
    return f"{', '.join(suffixes)} of {order} moved round"


def cut_package(site: Site) -> str:
    """Take out a package that is not the last, with its seal files; perhaps close the gap."""
    seq, last = site.a_package(before_last=1), site.last
    _take_out(site, seq)
    if site.chance.random() < 0.5:
        return f"{seq:06d} cut with its seal"
    for later in range(seq + 1, last + 1):
        for file in (f"{later:06d}", *seal_files(site.folder, later)):
            (site.folder / file).rename(site.folder / file.replace(f"{later:06d}", f"{later - 1:06d}"))
    return f"{seq:06d} cut with its seal, later ones renumbered"


def cut_tail(site: Site) -> str:
    """Take away the last packages with all their seal files: without a head known elsewhere, a shorter archive is a whole one."""
    first, last = site.a_package(first=2), site.last
    for seq in range(first, last + 1):
        _take_out(site, seq)
    return f"{first:06d} to {last:06d} cut with their seals"


def _take_out(site: Site, seq: int) -> None:
    shutil.rmtree(site.folder / f"{seq:06d}")
    for file in seal_files(site.folder, seq):
        (site.folder / file).unlink()


def empty(site: Site) -> str:
    what = site.chance.choice(["everything", "all seals", "all packages", "all but the script", "seals folder"])
    for path in list(site.folder.iterdir()):
        kept = {
            "all seals": path.name != "seals",
            "all packages": path.name in {"seals", SCRIPT_FILE},
            "all but the script": path.name == SCRIPT_FILE,
            "seals folder": path.name != "seals",
        }.get(what, False)
        if not kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if what == "all seals":
        (site.folder / "seals").mkdir()
    return f"{what}: gone"


def alter_script(site: Site) -> str:
    content = site.read(SCRIPT_FILE)
    forged = site.chance.choice([b"#!/bin/sh\nexit 0\n", content.replace(b"fail", b"pass", 1), b"", content + b"\n"])
    site.put(SCRIPT_FILE, forged)
    return f"{SCRIPT_FILE}: {len(forged)} other bytes"
