#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""races.py NAME ROUNDS SEED: logs in and out while something else happens at the same moment, in a rig.

The moment of the other is drawn anew for each round, by the seed.  Whoever is in must be in a set of their own, see
their own files and nobody else's; whoever is refused must have had a reason; at the end nothing is left.
"""
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "attack"))
# pylint: disable=wrong-import-position
from logins import Fault, Session, TOOLS, main_helpers, our_processes
from walk import MARK, PLACES, POLICIES, USERS, Walk, unmount


def quietly(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def kill_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def anchors():
    return [pid for pid, name in our_processes().items() if name.startswith("nsi-set")]


def edit(walk, rng):
    walk.write_policy(rng.randrange(len(POLICIES)))


def break_and_mend(walk, _rng):
    walk.break_policy(0)
    walk.mend_policy(0)


def mount_and_unmount(path):
    if quietly("mount", "-t", "tmpfs", "-o", "mode=1777", "race", path) == 0:
        unmount(path)


def mount_above(_walk, _rng):
    mount_and_unmount("/var/tmp")


def mount_beside(_walk, _rng):
    mount_and_unmount("/mnt")


def other_user(_walk, rng):
    other = Session(USERS[1 + rng.randrange(2)])
    other.leave()
    if not other.is_in:
        raise Fault("another user is refused meanwhile: %s" % other.output.strip())


def same_user(_walk, _rng):
    other = Session(USERS[0])
    other.leave()
    if not other.is_in:
        raise Fault("a second login of the user is refused: %s" % other.output.strip())


def kill_application(_walk, rng):
    """That of a third login, wherever it is."""
    # pylint: disable=consider-using-with
    third = subprocess.Popen([TOOLS + "/pamhost", "-s", "rig", "-u", USERS[0], "open", "close"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(rng.random() * 0.004)
    third.kill()
    third.wait()


# What happens at the same moment, and whether the login may be refused for it.
RACES = {
    "reload": (edit, False),
    "broken": (break_and_mend, False),
    "helper-killed": (lambda _w, _r: kill_all(main_helpers(), signal.SIGKILL), True),
    "helper-told": (lambda _w, _r: kill_all(main_helpers(), signal.SIGTERM), False),
    "anchor-killed": (lambda _w, _r: kill_all(anchors(), signal.SIGKILL), True),
    "close-forced": (lambda _w, _r: quietly("nsisolate", "close", "--force", USERS[0]), True),
    "gc": (lambda _w, _r: quietly("nsisolate", "gc"), False),
    "refresh": (lambda _w, _r: quietly("nsisolate", "refresh", USERS[0]), False),
    "mount-above": (mount_above, False),
    "mount-beside": (mount_beside, False),
    "file-replaced": (lambda w, _r: w.replace_file(0), False),
    "other-user": (other_user, False),
    "same-user": (same_user, False),
    "application-killed": (kill_application, False),
}


class Beside(threading.Thread):
    """What happens at the same moment, and its own fault."""

    def __init__(self, what, walk, rng):
        super().__init__()
        self.what, self.walk, self.rng = what, walk, rng
        self.delay = rng.random() * rng.choice((0.002, 0.01, 0.03))
        self.fault = None

    def run(self):
        time.sleep(self.delay)
        try:
            self.what(self.walk, self.rng)
        except Fault as fault:
            self.fault = str(fault)


def look(walk, session, may_end):
    """What the session sees; a forced close may have ended it."""
    session.tell("for d in %s; do echo x >$d/%s%s-%d; done; echo done" %
                 (" ".join(PLACES), MARK, session.user, session.shell))
    try:
        walk.look_at_session(session)
    except Fault:
        if not may_end or session.host.poll() is None and os.path.exists("/proc/%d/ns/mnt" % session.shell):
            raise


def play_round(walk, what, may_refuse, rng):
    beside = Beside(what, walk, rng)
    beside.start()
    session = Session(USERS[0])
    try:
        if session.is_in:
            look(walk, session, what is RACES["close-forced"][0])
            session.leave()
        elif "PAM_IGNORE" in session.output or "PAM_SESSION_ERR" in session.output:
            raise Fault("let in by a refusal: %s" % session.output.strip())
        elif not may_refuse:
            raise Fault("refused: %s" % session.output.strip())
    finally:
        session.drop()
        beside.join()
    if beside.fault:
        raise Fault(beside.fault)
    return session.is_in


def main():
    name, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    what, may_refuse = RACES[name]
    walk, counts = Walk(), {True: 0, False: 0}
    number = 0
    try:
        for number in range(rounds):
            counts[play_round(walk, what, may_refuse, random.Random("%s %d %d" % (name, seed, number)))] += 1
        walk.finish()
    except Fault as fault:
        print("%s: seed %d, round %d: %s" % (name, seed, number, fault))
        walk.drop()
        return 1
    print("%s: %d rounds, %d in, %d refused" % (name, rounds, counts[True], counts[False]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
