"""The room that a model is run in: no network, no file but its own and Python's, no environment, and limits on all it may use up.

Put here what encloses the process of a model before it is started. It runs as a program of its own, standard library only; who starts it
and talks to the model is ``scoring_process.py``, what runs inside is ``scoring_model.py``.

The rules, in the order they are carried out:
 * Namespaces of its own: network (empty), processes, mounts, shared memory, host name; as another user than root, users as well.
 * A root of its own, read-only: Python, the system's libraries, the model. Two small folders in memory may be written. What lies below a
   folder that is shown and must not be seen (the workspace) is covered.
 * Limits: memory and processor seconds a process, processes, open files, bytes a file; no core dumps.
 * Rights are given up for good: a user without any, no capability, no way to get one, few system calls (``scoring_filter.py``).
 * All of it is tried before the model is started. What cannot be had ends the start: there is no half of it.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from registry.versions.scoring_filter import refuse_calls

REFUSED = 97
"""The exit code of a start that could not enclose the model."""

_NEW = {"mounts": 0x00020000, "host name": 0x04000000, "shared memory": 0x08000000, "processes": 0x20000000, "network": 0x40000000}
_NEW_USERS = 0x10000000
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE, _DETACH = 1, 2, 4, 4096, 16384, 1 << 18, 2
_MOUNT_SETATTR, _PIVOT_ROOT, _CAPSET = 442, {"x86_64": 155, "aarch64": 41}, {"x86_64": 126, "aarch64": 91}
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 24, 38, 47
_CAPABILITIES = 64
_DEVICES = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> NoReturn:
    """Enclose, start, and end as the model's process ended; a start that is refused ends with ``REFUSED`` and says why."""
    try:
        plan = json.loads(arguments[0])
        _follow_to_death()
        _leave(plan)
        _end_as(os.fork() or _inside(plan))
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing of the model may run
        _refuse(error)


def _inside(plan: dict[str, Any]) -> int:
    """Return the process of the model, as the first process of the room sees it."""
    try:
        _follow_to_death()
        _build(Path(plan["room"]), plan)
        _limit(plan["limits"])
        _give_up(plan["user"])
        _follow_to_death()
        _prove(plan["limits"])
    except BaseException as error:  # noqa: BLE001 - never back into the program that was forked
        _refuse(error)
    child = os.fork()
    if not child:
        os.execve(plan["python"], [plan["python"], "-I", "-B", "/scoring_model.py"], plan["environment"])  # noqa: S606 - the interpreter itself
    return child


def _refuse(error: BaseException) -> NoReturn:
    os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
    os._exit(REFUSED)


def _leave(plan: dict[str, Any]) -> None:
    """Leave the namespaces of the machine; as root without a new one of users, so that the user we become is none of the machine's."""
    wanted, is_root = sum(_NEW.values()), os.geteuid() == 0
    user, group = os.getuid(), os.getgid()
    _checked("namespaces", _libc.unshare(wanted if is_root else wanted | _NEW_USERS))
    if not is_root:
        plan["user"] = 0
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text)


def _build(room: Path, plan: dict[str, Any]) -> None:
    """Put together what there is to see, make it the root, and let go of everything else."""
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    _mount("tmpfs", str(room), "tmpfs", _NO_SETUID | _NO_DEVICES, "size=1m,nr_inodes=4096,mode=755")
    for name in ("tmp", "dev/shm"):  # before what is shown: Python may lie below the machine's own /tmp
        (room / name).mkdir(parents=True)
        size = f"size={plan['limits']['scratch_bytes']},nr_inodes=8192,mode=1777"
        _mount("tmpfs", str(room / name), "tmpfs", _NO_SETUID | _NO_DEVICES, size)
    shown: list[str] = []
    for path, leads_to in plan["shown"]:
        _show(path, leads_to, room, shown)
    for path in plan["hidden"]:
        if any(_is_below(path, one) for one in shown) and Path(f"{room}{path}").is_dir():
            _mount("tmpfs", f"{room}{path}", "tmpfs", _READ_ONLY, "size=4k,mode=000")
    for source, name in (
        (plan["model"], "model"),
        (plan["program"], "scoring_model.py"),
        *((f"/dev/{one}", f"dev/{one}") for one in _DEVICES),
    ):
        _bind(source, room / name)
    _attributes(room, _READ_ONLY, recursive=False)
    os.chdir(room)
    _checked("root", _libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."))
    _checked("the machine's root", _libc.umount2(b".", _DETACH))
    os.chdir("/tmp")  # noqa: S108 - the room's own


def _show(path: str, leads_to: str, room: Path, shown: list[str]) -> None:
    """Show a file or folder of the machine at its own place, a link as the link it is; what lies below a shown folder is shown."""
    if any(_is_below(path, one) for one in shown):
        return
    target = Path(f"{room}{path}")
    if leads_to:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(leads_to)
    else:
        _bind(path, target)
        shown.append(path)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _bind(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(source).is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    _mount(source, str(target), "", _BIND | _RECURSIVE)
    is_device = source.startswith("/dev/")
    _attributes(target, _NO_SETUID if is_device else _READ_ONLY | _NO_SETUID | _NO_DEVICES, recursive=True)


def _attributes(target: Path, flags: int, *, recursive: bool) -> None:
    wanted = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    how = _AT_RECURSIVE if recursive else 0
    path = os.fsencode(target)
    _checked(f"attributes of {target}", _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, path, how, wanted, ctypes.sizeof(wanted)))


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    texts = [os.fsencode(text) or None for text in (source, target, kind)]
    _checked(f"mount at {target}", _libc.mount(*texts, ctypes.c_ulong(flags), os.fsencode(options) or None))


def _limit(limits: dict[str, int]) -> None:
    wanted = {
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_CPU: limits["seconds"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_FSIZE: limits["scratch_bytes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, value in wanted.items():
        resource.setrlimit(limit, (value, value))
    os.umask(0o077)


def _give_up(user: int) -> None:
    """Become a user who owns nothing (where we are root), and let go of every right for good. ``user`` 0: we are nobody special already."""
    for capability in range(_CAPABILITIES):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) and ctypes.get_errno() != errno.EINVAL:
            raise OSError(ctypes.get_errno(), f"capability {capability} cannot be dropped")
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    nothing = (ctypes.c_uint32 * 6)(*(0,) * 6)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _checked("capabilities", _libc.syscall(_CAPSET[os.uname().machine], header, nothing))
    _checked("ambient capabilities", _libc.prctl(_PR_CAP_AMBIENT, 4, 0, 0, 0))
    _checked("no new rights", _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    refuse_calls(_libc)


def _prove(limits: dict[str, int]) -> None:
    """Try what must not work: an enclosure that is only believed in is none."""
    for family in (socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_VSOCK", 40)):
        try:
            socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        raise OSError(errno.EPERM, "expected that no socket to a network can be made, and one could")
    if os.geteuid() == 0 or _libc.unshare(_NEW_USERS) == 0 or Path("/proc/1").exists() or os.access("/", os.W_OK):
        raise OSError(errno.EPERM, "expected a room without rights and without a view of the machine, found another")
    if resource.getrlimit(resource.RLIMIT_AS)[1] != limits["memory_bytes"]:
        raise OSError(errno.EPERM, "expected the limit of memory to hold, found another")


def _end_as(child: int) -> NoReturn:
    """Wait for ``child``, reaping what else ends, and end as it did."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _follow_to_death() -> None:
    _checked("end with who started this", _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def _checked(what: str, result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())} ({what})")


if __name__ == "__main__":
    main(sys.argv[1:])
