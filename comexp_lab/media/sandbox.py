"""Take everything away from this process but memory, CPU time and the descriptors it already has.

Called once by a decoder child after its imports. Layers, each used if the machine has it:

- resource limits: 1 GB of address space, no file may grow, few descriptors, no core dumps; CPU time is armed per item
- ``no_new_privs``
- seccomp (libseccomp): an allow-list of system calls. Opening files, sockets, other processes: all answered EPERM
- Landlock: no access to any file, for machines without libseccomp
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
from types import ModuleType

ADDRESS_SPACE = 1 << 30
CPU_S = 10
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
_LANDLOCK_ALL_FILE_RIGHTS = (1 << 13) - 1  # those of the first version of Landlock

ALLOWED = """
read write readv writev pread64 recvfrom recvmsg sendto sendmsg close fstat lseek fcntl dup poll ppoll select pselect6
mmap munmap mremap mprotect madvise brk membarrier
futex set_robust_list rseq sched_yield sched_getaffinity sched_getparam sched_getscheduler getcpu
exit exit_group rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall tgkill
getcwd getpid gettid getuid geteuid getgid getegid getppid getrusage getrlimit sysinfo uname getrandom times
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time
""".split()


def enter(address_space: int = ADDRESS_SPACE) -> str:
    """Lock this process in, with so many bytes of address space; returns what was used, e.g. ``"seccomp+landlock+rlimits"``."""
    libc = ctypes.CDLL(None, use_errno=True)
    pyseccomp = _library()
    _limit(address_space)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return "rlimits"
    layers = ["landlock"] * _landlock(libc) + ["rlimits"]
    if pyseccomp is not None:
        _seccomp(pyseccomp)
        layers.insert(0, "seccomp")
    return "+".join(layers)


def arm(cpu_s: int = CPU_S) -> None:
    """Allow this process ``cpu_s`` more seconds of CPU time; after them the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + cpu_s + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _limit(address_space: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(what, (most, most))


def _library() -> ModuleType | None:
    """pyseccomp, if the machine has libseccomp; looking for it needs files, so it comes before everything else."""
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError):
        return None
    return pyseccomp


def _seccomp(pyseccomp: ModuleType) -> None:
    rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        rules.add_rule(pyseccomp.ALLOW, name)
    # threads of this process, but no new processes; clone3 hides its flags behind a pointer, so libc must use clone
    thread = 0x10000  # CLONE_THREAD
    rules.add_rule(pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, thread, thread))
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    # CPU limits of oneself, nobody else's
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0))
    rules.add_rule(pyseccomp.ALLOW, "setrlimit")
    rules.load()


def _landlock(libc: ctypes.CDLL) -> bool:
    """Handle all file rights and allow none. A machine without Landlock answers ENOSYS or EOPNOTSUPP."""
    rights = ctypes.c_uint64(_LANDLOCK_ALL_FILE_RIGHTS)
    ruleset = libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rights), ctypes.sizeof(rights), 0)
    if ruleset < 0:
        return False
    done = libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return done
