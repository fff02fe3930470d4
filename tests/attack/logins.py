# SPDX-License-Identifier: MIT
"""Logins in a rig, the processes of the helper, and what can be seen of both from outside."""
import glob
import os
import select
import signal
import subprocess
import time

TOOLS = os.environ["WALK_TOOLS"]
HELPER = "/usr/local/libexec/nsisolate/nsisolate-helper"
SLOW = 20  # seconds; a module gives up before, and a loaded machine is slow


class Fault(Exception):
    """What an invariant has found."""


def namespaces(pid):
    """The mount, IPC and UTS namespace of a process, or None if it has ended."""
    try:
        return tuple(os.readlink("/proc/%s/ns/%s" % (pid, name)) for name in ("mnt", "ipc", "uts"))
    except OSError:
        return None


def wait_for(seconds, test):
    """Whether @test became true in time."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid):
    """A zombie is not alive."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def our_processes():
    """Pid and command name of the helper, its children and anchors."""
    found = {}
    for exe in glob.glob("/proc/[0-9]*/exe"):
        try:
            if os.readlink(exe).startswith(HELPER[:-6]):
                pid = int(exe.split("/")[2])
                with open("/proc/%d/comm" % pid, encoding="utf-8") as file:
                    found[pid] = file.read().strip()
        except OSError:
            pass
    return found


def parent_of(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def main_helpers():
    """Helpers that are nobody's child: one, or none."""
    ours = our_processes()
    return [pid for pid, name in ours.items() if name.startswith("nsisolate-helpe") and parent_of(pid) not in ours]


class Session:
    """A login by an application of the tests, whose shell takes commands from us."""

    def __init__(self, user, service="rig"):
        self.user = user
        self.output = ""
        self.left = []  # processes left behind
        # pylint: disable=consider-using-with
        self.host = subprocess.Popen(
            [TOOLS + "/pamhost", "-s", service, "-u", user, "open", "run", "echo shell $$; exec sh", "close", "end"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        begun = time.monotonic()
        self.read_until(lambda text: "shell " in text and text.endswith("\n") or "close PAM" in text)
        self.seconds = time.monotonic() - begun
        self.shell = int(self.output.split("shell ")[1].split()[0]) if "shell " in self.output else 0
        self.is_in = "open PAM_SUCCESS" in self.output
        self.ns = namespaces(self.shell) if self.shell else None

    def read_until(self, test):
        end = time.monotonic() + SLOW
        while not test(self.output) and time.monotonic() < end:
            if not select.select([self.host.stdout], [], [], 0.2)[0]:
                continue
            data = os.read(self.host.stdout.fileno(), 4096)
            if not data:
                break
            self.output += data.decode(errors="replace")

    def tell(self, command):
        """Has the shell run a command; returns the first line that it says behind that."""
        self.output = ""
        try:
            self.host.stdin.write((command + "\n").encode())
            self.host.stdin.flush()
        except OSError:
            return ""
        self.read_until(lambda text: "\n" in text)
        return self.output.strip()

    def leave(self):
        try:
            self.host.stdin.close()
        except OSError:
            pass
        try:
            self.host.wait(SLOW)
        except subprocess.TimeoutExpired as late:
            raise Fault("a logout of %s takes more than %d s" % (self.user, SLOW)) from late

    def drop(self):
        """Ends what there is of it, whatever the state."""
        for pid in [self.host.pid, self.shell] + self.left:
            try:
                if pid:
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.host.wait()
