#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""walk.py STEPS SEED [STEP...]: a walk of random steps through the real program, in a rig.

A step is something that users, administrators or machines do: log in and out, leave processes behind, kill and stop
what is theirs or ours, edit and break the policy, mount and replace files on the host.  After each step the
invariants are looked at from outside (Walk.look).  At the end everything is ended, and nothing may be left.

One seed is one sequence.  A sequence that fails is made shorter by leaving steps out as long as it still fails, and
the shortest is printed; "NAME:NUMBER..." as further arguments walks just those steps.
"""
import glob
import json
import os
import random
import signal
import subprocess
import sys

from logins import Fault, SLOW, Session, is_alive, main_helpers, namespaces, our_processes, wait_for

CONFIG = "/etc/security/nsisolate.conf"
USERS = ("alice", "bob", "carol")
PLACES = ("/tmp", "/var/tmp", "/dev/shm")
MARK = "walk-"
POLICIES = (
    'scope = "user"; on_last_close = "wait";',
    'scope = "user"; on_last_close = "kill"; kill_grace = "0s";',
    'scope = "user"; linger = "1s";',
    'scope = "session"; on_last_close = "kill"; kill_grace = "1s";',
    'scope = "user"; on_change = "join";',
)


def unmount(place):
    """A mount is busy while a login that begins, or a look at a set, has it open: it is tried again, as people do."""
    def is_done():
        return subprocess.run(["umount", place], stderr=subprocess.DEVNULL, check=False).returncode == 0
    if not wait_for(SLOW, is_done):
        raise Fault("%s stays busy" % place)


class Walk:
    """The state of the machine as a walk has made it."""

    def __init__(self):
        self.host_ns = namespaces("self")
        self.sessions = []
        self.orphans = []  # (pid, namespaces) of what sessions have left behind
        self.policy = 0
        self.kills = {}  # namespaces of a set: whether it kills what is left
        self.mounted = []
        self.stopped = 0
        self.write_policy(0)
        self.mounts = self.read_mounts()

    @staticmethod
    def read_mounts():
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            return sorted(line.split()[4] for line in file)

    def write_policy(self, number, tail=""):
        self.policy = number
        with open(CONFIG + ".new", "w", encoding="utf-8") as file:
            file.write('version = 1;\npolicies = { lab = { %s namespaces = [ "mount", "ipc", "uts" ];\n'
                       'directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/dev/shm"; method = "tmpfs"; },\n'
                       '{ path = "/var/tmp"; method = "disk"; retain = "session"; } ); }; };\n'
                       'rules = ( { uid = "2000-2999"; policy = "lab"; } );\n%s' % (POLICIES[number], tail))
        os.chmod(CONFIG + ".new", 0o644)
        os.rename(CONFIG + ".new", CONFIG)

    # The steps.  Each takes a number, which chooses among what there is.

    def log_in(self, number):
        session = Session(USERS[number % len(USERS)])
        if not session.is_in:
            session.drop()
            for bad in ("PAM_IGNORE", "PAM_SESSION_ERR"):
                if "open " + bad in session.output:
                    raise Fault("a refusal of %s" % bad)
            if self.stopped == 0:
                raise Fault("%s is refused, and nothing is wrong: %s" % (session.user, session.output.strip()))
            return
        self.sessions.append(session)
        if session.ns is None:
            raise Fault("the shell of %s has ended" % session.user)
        # What no session can notice, as this, holds from the next login on.
        self.kills[session.ns] = '"kill"' in POLICIES[self.policy]
        for place in PLACES:
            session.tell("echo x >%s/%s%s-%d; echo done" % (place, MARK, session.user, session.shell))

    def log_out(self, number):
        if not self.sessions:
            return
        session = self.sessions.pop(number % len(self.sessions))
        self.orphans += [(pid, session.ns) for pid in session.left]
        session.leave()
        self.expect_killed(session.ns)

    def kill_application(self, number):
        """SIGKILL to who has opened the session: there is no close."""
        if not self.sessions:
            return
        session = self.sessions.pop(number % len(self.sessions))
        self.orphans += [(pid, session.ns) for pid in session.left]
        os.kill(session.host.pid, signal.SIGKILL)
        session.leave()
        if not wait_for(SLOW, lambda: not is_alive(session.shell)):
            raise Fault("the shell does not end with its input")
        self.expect_killed(session.ns)

    def leave_process(self, number):
        if not self.sessions:
            return
        session = self.sessions[number % len(self.sessions)]
        ways = ("setsid sleep 1000", "setsid sh -c 'trap \"\" TERM; sleep 1000'", "setsid unshare -Urm sleep 1000")
        # Without the descriptors by which the application waits for its child.
        closed = " ".join("%d>&-" % fd for fd in range(3, 10))
        said = session.tell("%s >/dev/null 2>&1 %s & echo left $!" % (ways[number // 8 % len(ways)], closed))
        if said.startswith("left "):
            session.left.append(int(said.split()[1]))

    def end_process(self, number):
        if self.orphans:
            pid, _ = self.orphans.pop(number % len(self.orphans))
            self.end_pid(pid)

    @staticmethod
    def end_pid(pid):
        """With its children, if it is one of those that have some."""
        try:
            with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
                children = [int(word) for word in file.read().split()]
            for one in [pid] + children:
                os.kill(one, signal.SIGKILL)
        except OSError:
            pass

    def kill_helper(self, number):
        for pid in main_helpers():
            os.kill(pid, signal.SIGKILL if number % 2 else signal.SIGTERM)
            if not wait_for(SLOW, lambda pid=pid: not is_alive(pid)):
                raise Fault("a helper does not end")
        self.stopped = 0

    def kill_anchor(self, number):
        anchors = sorted(pid for pid, name in our_processes().items() if name.startswith("nsi-set"))
        if anchors:
            os.kill(anchors[number % len(anchors)], signal.SIGKILL)

    def stop_helper(self, _number):
        """Stopped for the time of one login, which is refused or let in."""
        for pid in main_helpers():
            os.kill(pid, signal.SIGSTOP)
            self.stopped = pid

    def go_on(self, _number):
        if self.stopped and is_alive(self.stopped):
            os.kill(self.stopped, signal.SIGCONT)
        self.stopped = 0

    def edit_policy(self, number):
        self.write_policy(number % len(POLICIES))

    def break_policy(self, _number):
        """The last good one stays in force."""
        self.write_policy(self.policy, "rules = (\n")

    def mend_policy(self, _number):
        self.write_policy(self.policy)

    def mount_something(self, number):
        place = "/mnt/walk-%d" % (number % 4)
        if place not in self.mounted:
            os.makedirs(place, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "walk", place], check=True)
            self.mounted.append(place)

    def mount_above(self, number):
        """On a directory that sets have a private one of."""
        place = PLACES[1 + number % 2]
        if place not in self.mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "walk", place], check=True)
            self.mounted.append(place)

    def unmount(self, number):
        if self.mounted:
            unmount(self.mounted.pop(number % len(self.mounted)))

    def replace_file(self, _number):
        with open("/etc/hosts", encoding="utf-8") as old, open("/etc/hosts.new", "w", encoding="utf-8") as new:
            new.write(old.read())
        os.chmod("/etc/hosts.new", 0o644)
        os.rename("/etc/hosts.new", "/etc/hosts")

    def collect_garbage(self, _number):
        if self.stopped == 0:
            subprocess.run(["nsisolate", "gc"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def refresh_user(self, number):
        if self.stopped == 0:
            subprocess.run(["nsisolate", "refresh", USERS[number % len(USERS)]], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)

    # What is looked at.

    def expect_killed(self, ns):
        """With "kill", nothing outlives the last session of a set, if there is a helper: a close starts none."""
        if not self.kills.get(ns) or any(session.ns == ns for session in self.sessions) or self.stopped:
            return
        if not main_helpers():
            return
        for pid in [pid for pid, of in self.orphans if of == ns]:
            if not wait_for(SLOW, lambda pid=pid: not is_alive(pid)):
                raise Fault("process %d has outlived the last session of a set that kills" % pid)
        self.orphans = [(pid, of) for pid, of in self.orphans if of != ns]

    def look(self):
        """The invariants, from outside."""
        for session in self.sessions:
            self.look_at_session(session)
        for place in PLACES:
            if place not in self.mounted and any(name.startswith(MARK) for name in os.listdir(place)):
                raise Fault("something of a session is in the host's %s" % place)
        if self.read_mounts() != sorted(self.mounts + self.mounted):
            raise Fault("the host's mount table has changed")
        if not wait_for(SLOW, lambda: len(main_helpers()) < 2):
            raise Fault("there are two helpers: %s" % main_helpers())

    def look_at_session(self, session):
        now = namespaces(session.shell)
        if now is None:
            raise Fault("the shell of %s has ended, which nobody has ended" % session.user)
        if any(a == b for a, b in zip(now, self.host_ns)):
            raise Fault("%s is on the host" % session.user)
        if now != session.ns:
            raise Fault("%s is elsewhere than at the login" % session.user)
        for place in PLACES:
            seen = session.tell("echo $(ls -A %s)" % place).split()
            mine = "%s%s-%d" % (MARK, session.user, session.shell)
            others = [name for name in seen if name.startswith(MARK) and "-%s-" % session.user not in name]
            if others:
                raise Fault("%s sees %s in %s" % (session.user, others, place))
            if mine not in seen:
                raise Fault("%s does not see %s in %s: %s" % (session.user, mine, place, seen))

    def finish(self):
        """Ends everything: nothing may be left, and the next login gets in."""
        self.go_on(0)
        while self.sessions:
            self.log_out(0)
        while self.orphans:
            self.end_process(0)
        while self.mounted:
            self.unmount(0)
        self.write_policy(0)
        self.log_in(0)  # the helper may be down, and takes over what there is
        self.look()
        self.log_out(0)
        if not wait_for(3 * SLOW, lambda: not self.what_is_left()):
            raise Fault("left: %s" % self.what_is_left())

    @staticmethod
    def what_is_left():
        listed = subprocess.run(["nsisolate", "list", "--json"], stdout=subprocess.PIPE, check=False).stdout
        sets = json.loads(listed or b"{}").get("sets", [])
        stored = [path for path in glob.glob("/var/lib/nsisolate/*/*")
                  if not path.split("/")[4].startswith(("trash", "quarantine", "policy", "reserve"))]
        return [str(one.get("id")) for one in sets] + stored

    def drop(self):
        self.go_on(0)
        for session in self.sessions:
            session.drop()
        for pid, _ in self.orphans:
            self.end_pid(pid)
        while self.mounted:
            self.unmount(0)
        self.write_policy(0)
        for pid in list(our_processes()):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


# A step and its weight.
STEPS = (
    (Walk.log_in, 12), (Walk.log_out, 8), (Walk.kill_application, 3), (Walk.leave_process, 4), (Walk.end_process, 3),
    (Walk.kill_helper, 2), (Walk.kill_anchor, 2), (Walk.edit_policy, 3), (Walk.break_policy, 1), (Walk.mend_policy, 2),
    (Walk.mount_something, 2), (Walk.mount_above, 1), (Walk.unmount, 3), (Walk.replace_file, 1),
    (Walk.collect_garbage, 1), (Walk.refresh_user, 1),
)
BY_NAME = {step.__name__: step for step, _ in STEPS}
BY_NAME.update(stop_helper=Walk.stop_helper, go_on=Walk.go_on)


def choose(count, seed):
    rng = random.Random(seed)
    steps, weights = zip(*STEPS)
    sequence = []
    while len(sequence) < count:
        if rng.random() < 0.01:  # for one login: the deadline of the module is long
            sequence += [("stop_helper", 0), ("log_in", rng.randrange(64)), ("go_on", 0)]
        else:
            sequence.append((rng.choices(steps, weights)[0].__name__, rng.randrange(64)))
    return sequence


def walk(sequence):
    """The fault of a sequence and the number of steps done, or None."""
    this = Walk()
    try:
        for number, (name, choice) in enumerate(sequence):
            BY_NAME[name](this, choice)
            this.look()
            if len(this.sessions) > 8:  # a machine has an end
                this.log_out(choice)
        number = len(sequence)
        this.finish()
        return None
    except Fault as fault:
        return str(fault), number
    finally:
        this.drop()


def shorten(sequence, attempts=40):
    """Leaves out what is not needed for a fault, halves first."""
    size = max(len(sequence) // 2, 1)
    while size >= 1 and attempts > 0:
        at = 0
        while at < len(sequence) and attempts > 0:
            shorter = sequence[:at] + sequence[at + size:]
            attempts -= 1
            if shorter and walk(shorter):
                sequence = shorter
            else:
                at += size
        size //= 2
    return sequence


def main():
    if len(sys.argv) > 3:
        sequence = [(word.split(":")[0], int(word.split(":")[1])) for word in sys.argv[3:]]
    else:
        sequence = choose(int(sys.argv[1]), int(sys.argv[2]))
    found = walk(sequence)
    if not found:
        print("%d steps of seed %s" % (len(sequence), sys.argv[2]))
        return 0
    print("seed %s, step %d: %s" % (sys.argv[2], found[1], found[0]), flush=True)
    sequence = shorten(sequence[:found[1] + 1])
    print("shortest sequence that fails: walk.py 0 0 " + " ".join("%s:%d" % step for step in sequence))
    return 1


if __name__ == "__main__":
    sys.exit(main())
