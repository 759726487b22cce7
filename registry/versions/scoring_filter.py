"""Which system calls a model's process may make: a filter of the kernel's, written out as its program.

Put numbers of system calls here. The rest of what encloses a model is ``scoring_jail.py``. Standard library only: this runs before anything
else is there to import.

The rules:
 * A socket is of this machine alone: the empty network has nothing to reach, and this keeps out what no namespace holds apart.
 * No new namespace, mount, tracing, kernel key, kernel module, memory outside of what is counted, nor asynchronous call past this filter.
 * The newer of the two calls that make processes is answered as unknown, because a filter cannot see what it asks for; the older is asked
   instead, and may make no namespaces.
 * A call by the numbers of another machine's kind ends the process. On a kind of machine that is not listed nothing is scored.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_REFUSED = (  # the call, its number on x86_64 and on aarch64
    ("ptrace", 101, 117),
    ("mount", 165, 40),
    ("umount2", 166, 39),
    ("pivot_root", 155, 41),
    ("chroot", 161, 51),
    ("unshare", 272, 97),
    ("setns", 308, 268),
    ("bpf", 321, 280),
    ("keyctl", 250, 219),
    ("add_key", 248, 217),
    ("request_key", 249, 218),
    ("perf_event_open", 298, 241),
    ("userfaultfd", 323, 282),
    ("memfd_create", 319, 279),
    ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271),
    ("kcmp", 312, 272),
    ("kexec_load", 246, 104),
    ("init_module", 175, 105),
    ("finit_module", 313, 273),
    ("delete_module", 176, 106),
    ("open_by_handle_at", 304, 265),
    ("name_to_handle_at", 303, 264),
    ("fanotify_init", 300, 262),
    ("shmget", 29, 194),
    ("msgget", 68, 186),
    ("semget", 64, 190),
    ("quotactl", 179, 60),
    ("acct", 163, 89),
    ("swapon", 167, 224),
    ("reboot", 169, 142),
    ("settimeofday", 164, 170),
    ("clock_settime", 227, 112),
    ("personality", 135, 92),
    ("syslog", 103, 116),
)
_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 438, 442, 447)  # io_uring, the newer mounts, pidfd_getfd, memfd_secret
_KINDS = {"x86_64": (1, 0xC000003E, 41, 56), "aarch64": (2, 0xC00000B7, 198, 220)}  # column above, audit's number, socket, clone
_CLONE3, _AF_UNIX = 435, 1
_NEW_NAMESPACES = 0x7E020080
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _KIND_AT, _FIRST_AT = 0, 4, 16  # within the kernel's description of a call
_PR_SET_SECCOMP, _SECCOMP_FILTER = 22, 2

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def filter_steps(machine: str) -> list[Step]:
    """Return the program for a kind of machine: what is done, where to go on if so and if not, and the number it is done with.

    Raises:
        OSError: the kind is not listed.
    """
    if machine not in _KINDS:
        raise OSError(errno.ENOSYS, f"no filter of system calls for {machine!r}, only for {', '.join(_KINDS)}")
    column, kind, socket, clone = _KINDS[machine]
    refused = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    steps: list[Step] = [(_LOAD, 0, 0, _KIND_AT), (_EQUAL, 1, 0, kind), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER_AT)]
    steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for number in (*(int(call[column]) for call in _REFUSED), *_EVERYWHERE):
        steps += [(_EQUAL, 0, 1, number), refused]
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERROR | errno.ENOSYS)]
    steps += [(_EQUAL, 0, 3, socket), (_LOAD, 0, 0, _FIRST_AT), (_EQUAL, 3, 0, _AF_UNIX), refused]
    steps += [(_EQUAL, 0, 3, clone), (_LOAD, 0, 0, _FIRST_AT), (_ANY_OF, 0, 1, _NEW_NAMESPACES), refused]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def refuse_calls(libc: ctypes.CDLL) -> None:
    """Put the filter over this process and all that come of it, for good.

    Raises:
        OSError: the kernel has no such filters, or this kind of machine is not listed.
    """
    steps = filter_steps(platform.machine())
    written = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(written, ctypes.c_void_p))
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel's filter of system calls")
