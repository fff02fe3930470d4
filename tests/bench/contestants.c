/* SPDX-License-Identifier: MIT */
#include "bare.h"
#include "contest.h"

/* Two private directories in memory, whoever makes them. */
#define TWO_TMPFS                                                    \
	"directories = ( { path = \"/tmp\"; method = \"tmpfs\"; }, " \
	"{ path = \"/dev/shm\"; method = \"tmpfs\"; } );"
#define TWO_DISK                                                                          \
	"directories = ( { path = \"/tmp\"; method = \"disk\"; retain = \"forever\"; }, " \
	"{ path = \"/var/tmp\"; method = \"disk\"; retain = \"forever\"; } );"
#define NAMED       "hostname = \"%{host}-%{user}\";"
#define USUAL       "namespaces = [ \"mount\", \"ipc\", \"uts\" ];" TWO_TMPFS NAMED
#define AND(kind)   "namespaces = [ \"mount\", \"ipc\", \"uts\", \"" kind "\" ];" TWO_TMPFS NAMED
#define NETWORK(is) AND("net") "network = { " is " };"

#define NS_TMPFS    "/tmp tmpfs tmpfs root\n/dev/shm tmpfs tmpfs root\n"
#define NS_USER     "/tmp /tmp-inst/ user root\n/var/tmp /var/tmp-inst/ user root\n"
#define PAM_NS      "session required pam_namespace.so mount_private"

const struct contestant contestants[] = {
	{"permit", "pam_permit", CONTEST_STACK, "session required pam_permit.so", .user = "u0"},
	{"bare-unshare", "unshare, slave, 2 tmpfs, hostname, in place", CONTEST_BARE,
	 .bare = bare_unshare},
	{"bare-join", "socket, pidfd, setns", CONTEST_BARE, .bare = bare_join},
	{"bare-first", "clone3, slave, 2 tmpfs, hostname, pipe, setns", CONTEST_BARE,
	 .bare = bare_first},
	{"bare-turns", "socket, 4 hand-overs between 3 processes", CONTEST_BARE,
	 .bare = bare_turns},
	{"bare-urgent", "the same, the other two SCHED_RR, the caller does not sleep", CONTEST_BARE,
	 .bare = bare_urgent},
	{"join", "join of a live set", CONTEST_JOIN, USUAL, .user = "u1"},
	{"first", "first login: mount, IPC, UTS, 2 tmpfs", CONTEST_FIRST, USUAL, .user = "u2"},
	{"alone", "the same, with no spare anchor ready", CONTEST_ALONE, USUAL, .user = "u20"},
	{"join-former", "join of a live set, commit 05d68be", CONTEST_JOIN, USUAL, .former = true,
	 .user = "u24"},
	{"join-other", "join of a live set, the other build", CONTEST_JOIN, USUAL, .other = true,
	 .user = "u18"},
	{"first-other", "first login, the other build", CONTEST_FIRST, USUAL, .other = true,
	 .user = "u19"},
	{"session", "first login: scope = session", CONTEST_FIRST, "scope = \"session\";" USUAL,
	 .user = "u3"},
	{"cold", "first login, no helper running", CONTEST_COLD, USUAL, .user = "u4"},
	{"skip", "a rule that says skip", CONTEST_SKIP, USUAL, .user = "u5"},
	{"mount", "first login: mount alone, 2 tmpfs", CONTEST_FIRST,
	 "namespaces = [ \"mount\" ];" TWO_TMPFS, .user = "u6"},
	{"disk", "first login: mount alone, 2 on disk", CONTEST_FIRST,
	 "namespaces = [ \"mount\" ];" TWO_DISK, .user = "u7"},
	{"net", "first login: and net, loopback only", CONTEST_FIRST, AND("net"), .user = "u8"},
	{"net-bridge", "first login: and net, bridge", CONTEST_FIRST,
	 NETWORK("mode = \"bridge\"; bridge = \"nsib0\"; create = true; pool = \"10.77.0.0/16\";"),
	 .user = "u9"},
	{"net-macvlan", "first login: and net, macvlan", CONTEST_FIRST,
	 NETWORK("mode = \"macvlan\"; parent = \"nsim0\";"), .user = "u11"},
	{"net-netns", "first login: and net, a named one", CONTEST_FIRST,
	 NETWORK("mode = \"netns\"; name = \"bench\"; create = true;"), .user = "u21"},
	{"net-user", "first login: and net, by pasta", CONTEST_FIRST, NETWORK("mode = \"user\";"),
	 .user = "u22"},
	{"pid", "first login: and PID", CONTEST_FIRST, AND("pid"), .user = "u12"},
	{"cgroup", "first login: and cgroup", CONTEST_FIRST, AND("cgroup"), .user = "u13"},
	{"time", "first login: and time", CONTEST_FIRST, AND("time"), .user = "u14"},
	{"delegate", "first login: user = delegate", CONTEST_FIRST, USUAL "user = \"delegate\";",
	 .user = "u15"},
	{"map", "first login: user = map", CONTEST_FIRST, AND("user") "user = \"map\";",
	 .user = "u23"},
	{"namespace-tmpfs", "pam_namespace, 2 tmpfs", CONTEST_STACK, PAM_NS, "pam_namespace.so",
	 NS_TMPFS, .user = "u0"},
	{"namespace-user", "pam_namespace, 2 user", CONTEST_STACK, PAM_NS, "pam_namespace.so",
	 NS_USER, .user = "u0"},
	{"namespace-tmpfs-init", "pam_namespace, 2 tmpfs, init script", CONTEST_STACK, PAM_NS,
	 "pam_namespace.so", NS_TMPFS, true, .user = "u0"},
	{"namespace-user-init", "pam_namespace, 2 user, init script", CONTEST_STACK, PAM_NS,
	 "pam_namespace.so", NS_USER, true, .user = "u0"},
	{"newnet", "libpam-net: pam_newnet", CONTEST_STACK, "session required pam_newnet.so",
	 "pam_newnet.so", .never_closes = true, .user = "u16"},
	{"usernet", "libpam-net: pam_usernet", CONTEST_STACK, "session required pam_usernet.so",
	 "pam_usernet.so", .never_closes = true, .user = "u17"},
	{"tmpdir", "libpam-tmpdir", CONTEST_STACK, "session required pam_tmpdir.so",
	 "pam_tmpdir.so", .user = "u0"},
};

const unsigned contestant_count = sizeof(contestants) / sizeof(contestants[0]);
