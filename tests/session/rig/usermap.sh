# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sessions in a user namespace: their policy, and what they see of their ids.

# map_policy LINE...: more lines for the policy of everybody.
map_policy() {
	policy <<-END
		version = 1;
		policies = {
		  lab = {
		    namespaces = [ "mount", "ipc", "uts" ];
		    directories = (
		      { path = "/tmp";     method = "tmpfs"; },
		      { path = "/dev/shm"; method = "tmpfs"; },
		      { path = "/var/tmp"; method = "disk"; retain = "session"; }
		    );
		    hostname = "%{host}-%{user}";
		    user = "map";
		    $*
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}

userns_cmd='readlink /proc/self/ns/user'
host_userns=$(readlink /proc/self/ns/user)
map_cmd='echo uids $(tr -s " " </proc/self/uid_map | xargs -n3 | xargs -d "\n" printf "%s;")
echo gids $(tr -s " " </proc/self/gid_map | xargs -n3 | xargs -d "\n" printf "%s;")
echo ids $(id -u) $(id -g) $(id -G)
echo user $(readlink /proc/self/ns/user)
echo caps $(sed -n "s/^CapEff:.//p" /proc/self/status)
echo owners $(stat -c %U ~ /etc/passwd /home/bob)'
map_cmd=${map_cmd//$'\n'/; }

last_refusal() {
	grep 'refused user=' "$(rig_written_log)" | tail -n 1
}

# alice is in a group that is hers by /etc/group alone.
map_begin() {
	map_policy
	isolate
	stack rig "$rig_service"
	groupadd -g 5000 crew && usermod -a -G crew alice
}
