"""Runs one command in a root file system of its own. Started by check.py in new namespaces; the only argument is a JSON file."""
import ctypes
import fcntl
import json
import os
import socket
import stat
import struct
import subprocess
import sys

what = json.load(open(sys.argv[1], encoding="utf-8"))
root = what["root"]


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def file_target(path):
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not os.path.exists(target):
        open(target, "w").close()
    return target


def devices():
    mount("-t", "tmpfs", "-o", "mode=755,nosuid", "dev", root + "/dev")
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(f"{root}/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        os.chmod(f"{root}/dev/{name}", 0o666)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")):
        os.symlink(target, f"{root}/dev/{name}")
    os.mkdir(root + "/dev/shm")
    mount("-t", "tmpfs", "-o", "mode=1777,nosuid,nodev,size=64m", "shm", root + "/dev/shm")  # a container's default size


mount("--make-rprivate", "/")
mount("--bind", root, root)
mount("-t", "proc", "proc", root + "/proc")
devices()
for name in ("/etc/resolv.conf", "/etc/hosts"):
    mount("--bind", name, file_target(name))
for source, target in what["binds"]:
    os.makedirs(root + target, exist_ok=True)
    mount("--bind", source, root + target)
    if what["binds_read_only"]:
        mount("-o", "remount,bind,ro", root + target)
for lower, work, target in what["overlays"]:
    for part in ("upper", "work"):
        os.makedirs(f"{work}/{part}", exist_ok=True)
    os.makedirs(root + target, exist_ok=True)
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={work}/upper,workdir={work}/work", root + target)
if what["read_only"]:
    mount("-o", "remount,bind,ro", root)
    mount("-t", "tmpfs", "-o", "mode=1777,nosuid,nodev", "tmp", root + "/tmp")
if what["own_network"]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:  # a new network has its loopback down
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))

os.chroot(root)
os.chdir(what["cwd"])
uid, gid = what["user"]
if what["no_privileges"]:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
os.setgroups([] if uid else [0])
os.setgid(gid)
os.setuid(uid)
os.environ.clear()
os.environ.update(what["env"])
try:
    os.execvp(what["argv"][0], what["argv"])
except OSError as e:
    sys.exit(f"{what['argv'][0]}: {e.strerror}")
