# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Which stacks and which policy does a test run under?

all_services='sshd login su runuser sudo sudo-i cron atd'	# su-l and runuser-l include theirs

# stack SERVICE LINES: the whole of a service's file.
stack() {
	printf '%s\n' "$2" >"/etc/pam.d/$1"
}

# isolate [ARG...]: the module as the last line of every service, as the manual says.
isolate() {
	isolate_services "$all_services" "$@"
}

# isolate_services 'SERVICE...' [ARG...]: of these only; the others stay as they are.
isolate_services() {
	local service services=$1
	shift
	for service in $services; do
		[ -f "/run/rig/pam.d/$service" ] || continue
		{ cat "/run/rig/pam.d/$service" && echo "session required pam_nsisolate.so $*"; } >"/etc/pam.d/$service"
	done
}

# isolate_probed 'SERVICE...' [ARG...]: with a probe before and behind it.
isolate_probed() {
	local service services=$1
	shift
	: >"$probe_file" && chmod 666 "$probe_file"
	for service in $services; do
		{
			cat "/run/rig/pam.d/$service"
			echo "session required $rig_tools/pam_probe.so file=$probe_file tag=before"
			echo "session required pam_nsisolate.so $*"
			echo "session required $rig_tools/pam_probe.so file=$probe_file tag=after"
		} >"/etc/pam.d/$service"
	done
}

isolate_none() {
	cp -a /run/rig/pam.d/. /etc/pam.d/
}

# policy: the policy, on stdin.  Written beside and renamed, as an editor does.
policy() {
	install -d -m 755 /etc/security
	cat >/etc/security/nsisolate.conf.new
	chmod 644 /etc/security/nsisolate.conf.new
	mv /etc/security/nsisolate.conf.new /etc/security/nsisolate.conf
}

# A set for each session, in which nothing outlives its close.
killing_policy() {
	policy <<-END
		version = 1;
		policies = { lab = { scope = "session"; namespaces = [ "mount", "ipc", "uts" ];
		  on_last_close = "kill"; kill_grace = "0s"; directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}

# What most tests run under.  Root and strangers match no rule.
default_policy() {
	policy <<-'END'
		version = 1;
		policies = {
		  lab = {
		    scope = "user";
		    namespaces = [ "mount", "ipc", "uts" ];
		    directories = (
		      { path = "/tmp";     method = "tmpfs"; },
		      { path = "/dev/shm"; method = "tmpfs"; },
		      { path = "/var/tmp"; method = "disk"; retain = "session"; }
		    );
		    hostname = "%{host}-%{user}";
		  };
		};
		rules = (
		  { uid = "2000-2999"; policy = "lab"; }
		);
	END
}

# A policy that is valid and that no login can be given: its directory is not there.
unmeetable_policy() {
	default_policy
	sed -i 's,path = "/dev/shm",path = "/opt/not-there",' /etc/security/nsisolate.conf
}
