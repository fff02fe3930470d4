#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate doctor and check about desktops: logins that a display manager makes by itself, and shared memory with X servers.
. "$(dirname "$0")/rig.sh"

default_policy
isolate_services "$all_services other"
# What this machine's packages have in /usr/lib/pam.d has its other half here.
for service in /usr/lib/pam.d/*; do
	[ ! -f "$service" ] || stack "$(basename "$service")" 'session requisite pam_nsisolate.so'
done

desktop_program() { # PATH
	[ -e "$1" ] || install -m 755 /bin/true "$1"
}

desktop_file() { # FILE: from stdin
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

autologins() {
	nsisolate doctor | grep '\[autologin\]$'
}

expect_autologin() { # PROGRAM FILE REGEX, with the lines on stdin
	desktop_program "$1"
	desktop_file "$2"
	expect_match "$(autologins)" "^warning +$3: refused, " "doctor, with $2"
}

expect_none() { # FILE, with the lines on stdin
	desktop_file "$1"
	expect_eq "$(autologins)" "" "doctor, with $1 without an autologin"
}

case_begin "doctor warns of each display manager that logs a user in by itself, and of none that does not"
expect_none /etc/nobody.conf <<<''
expect_autologin /usr/sbin/lightdm /etc/lightdm/lightdm.conf.d/90.conf '/usr/sbin/lightdm: .*\(autologin-user\)' <<<$'[Seat:*]\nautologin-user=alice'
expect_none /etc/lightdm/lightdm.conf.d/90.conf <<<$'[Seat:*]\n#autologin-user=alice\nautologin-user='
expect_autologin /usr/sbin/gdm3 /etc/gdm3/daemon.conf '/usr/sbin/gdm3: .*\(AutomaticLoginEnable\)' <<<$'[daemon]\nAutomaticLoginEnable = True\nAutomaticLogin = alice'
expect_none /etc/gdm3/daemon.conf <<<$'[daemon]\nAutomaticLoginEnable = False\nAutomaticLogin = alice'
expect_autologin /usr/sbin/gdm3 /etc/gdm3/daemon.conf '/usr/sbin/gdm3: .*\(TimedLoginEnable\)' <<<$'[daemon]\nTimedLoginEnable=true\nTimedLogin=alice'
expect_none /etc/gdm3/daemon.conf <<<'[daemon]'
expect_autologin /usr/bin/sddm /etc/sddm.conf.d/auto.conf '/usr/bin/sddm: .*\(User\)' <<<$'[Autologin]\nUser=alice\nSession=plasma'
expect_none /etc/sddm.conf.d/auto.conf <<<$'[Autologin]\nUser=\n[Users]\nRememberLastUser=true'
expect_autologin /usr/sbin/greetd /etc/greetd/config.toml '/etc/greetd/config.toml: .*\(\[initial_session\]\)' <<<$'[terminal]\nvt = 7\n[initial_session]\ncommand = "sway"\nuser = "alice"'
expect_none /etc/greetd/config.toml <<<$'[terminal]\nvt = 7\n[default_session]\nuser = "_greetd"'
expect_autologin /usr/bin/slim /etc/slim.conf '/etc/slim.conf: .*\(auto_login\)' <<<$'default_user alice\nauto_login          yes'
expect_none /etc/slim.conf <<<$'default_user alice\n#auto_login yes\nauto_login no'
expect_autologin /usr/sbin/lxdm /etc/lxdm/lxdm.conf '/usr/sbin/lxdm: .*\(autologin\)' <<<$'[base]\nautologin=alice'
expect_none /etc/lxdm/lxdm.conf <<<$'[base]\n# autologin=dgod\nautologin='
expect_autologin /usr/sbin/nodm /etc/default/nodm '/etc/default/nodm: .*\(NODM_USER\)' <<<$'NODM_ENABLED=true\nNODM_USER=alice'
expect_none /etc/default/nodm <<<$'NODM_ENABLED=false\nNODM_USER=alice'
case_ok

case_begin "what helps is a rule with on_error, and it is a warning that --strict counts"
desktop_file /etc/greetd/config.toml <<<'[initial_session]'
expect_match "$(nsisolate doctor --json | jq -r '.findings[] | select(.id == "autologin") | .severity + ": " + .remedy')" \
	'^warning: on_error = "allow" in a rule' "the finding"
run_ctl doctor --strict
expect_eq "$status" 1 "status, --strict"
rm /etc/greetd/config.toml
case_ok

policy_with() { # NAMESPACES
	policy <<-END
		version = 1;
		policies = { lab = { namespaces = [ $1 ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}

case_begin "doctor has a note, and check a line, where desktops get an IPC namespace that their X server is not in"
policy_with '"mount", "ipc"'
stack lightdm 'session requisite pam_nsisolate.so'
stack sddm 'session requisite pam_nsisolate.so'
found=$(nsisolate doctor)
expect_match "$found" 'note +.*gives desktops \(lightdm, sddm\) an IPC namespace.*\[ipc-display\]' "doctor"
expect_match "$found" '\-> a policy without "ipc" for desktops' "what helps"
run_ctl check
expect_match "$err" 'nsisolate.conf:[0-9]+: .*gives desktops \(lightdm, sddm\) an IPC namespace' "check"
run_ctl doctor --strict
expect_eq "$status" 0 "status with this note alone, --strict"
policy_with '"mount"'
expect_no_match "$(nsisolate doctor)" 'ipc-display' "doctor, without \"ipc\""
policy <<-END
	version = 1;
	policies = { desk = { namespaces = [ "mount" ]; }; lab = { namespaces = [ "mount", "ipc" ]; }; };
	rules = ( { uid = "2000-2999"; service = [ "lightdm", "sddm" ]; policy = "desk"; }, { uid = "2000-2999"; policy = "lab"; } );
END
expect_no_match "$(nsisolate doctor)" 'ipc-display' "doctor, with a rule for these services"
case_ok
