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

_NAMES = (
    "ptrace mount umount2 pivot_root chroot unshare setns bpf keyctl add_key request_key perf_event_open userfaultfd memfd_create "
    "process_vm_readv process_vm_writev kcmp kexec_load init_module finit_module delete_module open_by_handle_at name_to_handle_at "
    "fanotify_init shmget msgget semget quotactl acct swapon reboot settimeofday clock_settime personality syslog"
).split()
_NUMBERS = {
    "x86_64": (
        (101, 165, 166, 155, 161, 272, 308, 321, 250, 248, 249, 298, 323, 319, 310, 311, 312, 246, 175, 313, 176, 304, 303, 300)
        + (29, 68, 64, 179, 163, 167, 169, 164, 227, 135, 103)
    ),
    "aarch64": (
        (117, 40, 39, 41, 51, 97, 268, 280, 219, 217, 218, 241, 282, 279, 270, 271, 272, 104, 105, 273, 106, 265, 264, 262)
        + (194, 186, 190, 60, 89, 224, 142, 170, 112, 92, 116)
    ),
}
_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 438, 442, 447)  # io_uring, the newer mounts, pidfd_getfd, memfd_secret
_KINDS = {"x86_64": (0xC000003E, 41, 56), "aarch64": (0xC00000B7, 198, 220)}  # audit's number, socket, clone
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
    kind, socket, clone = _KINDS[machine]
    refused = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    steps: list[Step] = [(_LOAD, 0, 0, _KIND_AT), (_EQUAL, 1, 0, kind), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER_AT)]
    steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for number in (*_NUMBERS[machine], *_EVERYWHERE):
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
