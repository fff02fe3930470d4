#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that people have in more than one session at a time, as docs/policies.md tells of them.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/container.sh"

default_policy
isolate
rig_seconds=120 # what a busy machine needs for a data base or a container
for user in alice bob; do
	install -d -o $user -g $user /home/$user/work
done

scope() { # user|session
	default_policy
	sed -i "s/scope = \"user\"/scope = \"$1\"/" /etc/security/nsisolate.conf
}

# works_in SCOPE PROGRAM PACKAGE NAME: begins the case, or skips it.
program_case() { # PROGRAM PACKAGE NAME
	case_begin "$3"
	command -v "$1" >/dev/null && return
	case_skip "needs $1, of the package $2"
	return 1
}

if program_case tmux tmux "tmux: a later login finds it, with scope = session it does not; it keeps the set"; then
	stay one ssh alice 'tmux new-session -d -s work "touch /tmp/of-tmux; sleep 1000"'
	expect_match "$(as_ssh alice 'tmux ls')" '^work:' "a second login"
	leave one
	expect_match "$(as_ssh alice 'tmux ls; ls /tmp/of-tmux')" 'work:.*of-tmux' "after the first has ended"
	as_ssh alice 'tmux kill-server'
	expect_all_gone
	scope session
	stay one ssh alice 'tmux new-session -d -s work "sleep 1000"'
	expect_no_match "$(as_ssh alice 'tmux ls' 2>&1)" '^work:' "with scope = session"
	expect_match "$(as_ssh alice 'export TMUX_TMPDIR=$HOME/work; tmux new-session -d -s home "sleep 1000"; tmux ls')" home "TMUX_TMPDIR in the home"
	expect_match "$(as_ssh alice 'TMUX_TMPDIR=$HOME/work tmux ls; TMUX_TMPDIR=$HOME/work tmux kill-server')" home "is found by the next"
	as_ssh alice 'tmux kill-server' 2>/dev/null
	pkill -u alice tmux
	leave one
	expect_all_gone
	default_policy
	case_ok
fi

if program_case screen screen "screen: its sockets are in /run/screen, so every login finds them, also with scope = session"; then
	install -d -m 1777 /run/screen
	scope session
	stay one ssh alice 'screen -dmS work sleep 1000'
	expect_match "$(as_ssh alice 'screen -ls')" '\.work' "a second login"
	as_ssh alice 'screen -S work -X quit' >/dev/null
	leave one
	expect_all_gone
	default_policy
	case_ok
fi

postgres=$(find /usr/lib/postgresql -name postgres -path '*/bin/*' 2>/dev/null | head -n 1)
if program_case "${postgres:-postgres}" postgresql "PostgreSQL's socket: in /run/postgresql for everybody, in /tmp for its own set alone"; then
	bin=${postgres%/*}
	as_ssh alice "$bin/initdb -D ~/work/db -A trust >/dev/null 2>&1"
	install -d -m 777 /run/postgresql
	start="$bin/pg_ctl -w -D ~/work/db -l ~/work/log -o '-c listen_addresses= -c unix_socket_directories=/tmp,/run/postgresql' start >/dev/null"
	stay one ssh alice "$start"
	ask="psql -At -d postgres -c 'select 7'"
	for way in ssh su cron; do
		expect_eq "$(as_$way alice "$ask -h /tmp")" 7 "alice by $way and /tmp"
	done
	expect_eq "$(as_ssh bob "$ask -h /run/postgresql -U alice")" 7 "bob by /run/postgresql"
	expect_match "$(as_ssh bob "$ask -h /tmp -U alice" 2>&1)" 'No such file' "bob by /tmp"
	expect_match "$(psql -At -h /tmp -U alice -d postgres -c 'select 7' 2>&1)" 'No such file' "the host by /tmp"
	as_ssh alice "$bin/pg_ctl -D ~/work/db -m immediate stop >/dev/null"
	leave one
	rm -rf /home/alice/work/db /run/postgresql
	expect_all_gone
	case_ok
fi

if program_case mpirun openmpi-bin "Open MPI: ranks of one user share memory, in one session and over ssh in two"; then
	mpi='export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0
		mpirun --mca plm_rsh_args "-F /dev/null -i $HOME/.ssh/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"'
	install -m 600 -o alice -g alice /run/rig/key /home/alice/.ssh/id
	seen=$(as_ssh alice "$mpi -np 2 sh -c 'echo rank \$OMPI_COMM_WORLD_RANK \$(readlink /proc/self/ns/ipc)'" 2>/run/rig/err | sort)
	expect_eq "$(awk '{ print $1, $2 }' <<<"$seen" | xargs)" "rank 0 rank 1" "ranks: $(head -n 3 /run/rig/err)"
	expect_eq "$(awk '{ print $3 }' <<<"$seen" | sort -u | wc -l)" 1 "IPC namespaces of the ranks"
	rm /home/alice/.ssh/id
	expect_all_gone
	case_ok
fi

if program_case podman podman "rootless podman: a container has the session's /tmp with -v, and one of its own without"; then
	make_rootfs /home/alice/rootfs
	mount -t cgroup2 cgroup2 /sys/fs/cgroup # crun does not work where both versions are mounted
	box() { # ARGUMENTS COMMAND
		as_ssh alice "export XDG_RUNTIME_DIR=\$HOME/run; mkdir -p -m 700 ~/run; touch /tmp/of-the-session
			podman --cgroup-manager cgroupfs --events-backend file run --rm --network none --cgroups disabled --ulimit host $1 --rootfs ~/rootfs /bin/sh -c '$2'" 2>/run/rig/err
	}
	if ! box "" true; then
		case_skip "podman does not run a container on this machine: $(tail -n 1 /run/rig/err)"
	else
		expect_eq "$(box "-v /tmp:/tmp" 'echo /tmp/of*')" /tmp/of-the-session "with -v"
		expect_eq "$(box "" 'echo /tmp/of*')" '/tmp/of*' "without"
		expect_no_match "$(box "-v /tmp:/tmp" 'echo /tmp/*')" host-mark "the host's"
		case_ok
	fi
	pkill -KILL -u alice
	wait_until 10 nothing_left
	umount /sys/fs/cgroup
	rm -rf /home/alice/rootfs /home/alice/run
fi

if program_case kinit krb5-user "Kerberos: a ticket got inside stays inside, one from before is imported"; then
	if ! command -v krb5kdc >/dev/null; then
		case_skip "needs krb5kdc, of the package krb5-kdc"
	else
		printf '%s\n' '[libdefaults]' ' default_realm = RIG.TEST' ' dns_lookup_kdc = false' '[realms]' \
			' RIG.TEST = {' '  kdc = 127.0.0.1:8888' ' }' >/etc/krb5.conf
		install -d -m 755 /etc/krb5kdc /var/lib/krb5kdc
		printf '%s\n' '[kdcdefaults]' ' kdc_listen = 127.0.0.1:8888' ' kdc_tcp_listen = 127.0.0.1:8888' '[realms]' ' RIG.TEST = {' \
			'  database_name = /var/lib/krb5kdc/principal' '  key_stash_file = /etc/krb5kdc/stash' ' }' >/etc/krb5kdc/kdc.conf
		rm -f /var/lib/krb5kdc/principal*
		kdb5_util create -s -r RIG.TEST -P master >/dev/null 2>&1
		kadmin.local -q 'addprinc -pw secret alice' >/dev/null 2>&1
		krb5kdc -n >/run/rig/kdc.log 2>&1 &
		kdc=$!
		wait_until 5 grep -q 'commencing operation' /run/rig/kdc.log
		sed -i 's,path = "/tmp";,path = "/tmp"; import = [ "krb5cc_%{uid}*" ];,' /etc/security/nsisolate.conf
		as_ssh alice 'echo secret | kinit >/dev/null; klist | grep -c krbtgt' >/run/rig/out 2>&1
		expect_eq "$(tail -n 1 /run/rig/out)" 1 "got inside: $(head -n 1 /run/rig/out)"
		expect_fails test -e /tmp/krb5cc_2001
		expect_all_gone
		setpriv --reuid alice --regid alice --clear-groups sh -c 'echo secret | kinit -c /tmp/krb5cc_2001 >/dev/null'
		expect_match "$(as_ssh alice 'klist')" 'FILE:/tmp/krb5cc_2001.*krbtgt/RIG.TEST' "from before"
		expect_fails test -e /tmp/krb5cc_2001
		kill $kdc && wait $kdc 2>/dev/null
		default_policy
		expect_all_gone
		case_ok
	fi
fi

if program_case jupyter jupyter-client "Jupyter: a kernel that one login has begun is had from another"; then
	stay one ssh alice 'nohup jupyter kernel --kernel=python3 --KernelManager.transport=ipc --KernelManager.ip=/tmp/kernel >~/work/kernel.log 2>&1 & for i in $(seq 100); do grep -q Connection ~/work/kernel.log && break; sleep 0.2; done'
	file=$(sed -n 's/.*Connection file: //p' /home/alice/work/kernel.log)
	client='import sys, glob
from jupyter_client import BlockingKernelClient
c = BlockingKernelClient(connection_file=sys.argv[1]); c.load_connection_file(); c.start_channels()
c.wait_for_ready(timeout=20)
c.execute_interactive("print(\"answer\", 6 * 7)", timeout=20)'
	printf '%s\n' "$client" >/run/rig/ask.py && chmod 644 /run/rig/ask.py
	expect_match "$(as_ssh alice "python3 /run/rig/ask.py '$file'" 2>&1)" 'answer 42' "a second login by sockets in /tmp"
	expect_fails compgen -G '/tmp/kernel*'
	as_ssh alice 'pkill -f "jupyter-kernel|ipykernel"'
	leave one
	expect_all_gone
	case_ok
fi

# Begun by the first connection and detached, as "Remote - SSH" does it; later ones ask it by its socket.
vscode=/src/build/vscode/out/server-main.js
program_case node nodejs "VS Code's own server: later logins reach it by its socket in /tmp, it keeps the set, and kill ends it" && if [ ! -f $vscode ]; then
	case_skip "needs VS Code's server: tools/build-vscode-server makes it"
else
	begin="nohup node $vscode --accept-server-license-terms --without-connection-token --socket-path /tmp/vscode.sock >~/work/vscode.log 2>&1 </dev/null &
		for i in \$(seq 300); do test -S /tmp/vscode.sock && break; sleep 0.1; done"
	version='require("http").get({ socketPath: process.argv[2], path: "/version" }, r => r.pipe(process.stdout))'
	printf '%s\n' "$version" >/run/rig/version.js && chmod 644 /run/rig/version.js
	commit=$(node $vscode --version | sed -n 2p)
	as_ssh alice "$begin"
	expect_eq "$(as_ssh alice 'node /run/rig/version.js /tmp/vscode.sock')" "$commit" "a login after the first has ended"
	expect_eq "$(as_su alice 'node /run/rig/version.js /tmp/vscode.sock')" "$commit" "by su"
	expect_fails test -e /tmp/vscode.sock
	expect_fails as_ssh bob 'test -e /tmp/vscode.sock'
	ssh "${ssh_options[@]}" -N -o ExitOnForwardFailure=yes -L /run/rig/vscode:/tmp/vscode.sock alice@127.0.0.1 </dev/null &
	forward=$!
	wait_until 10 test -S /run/rig/vscode
	expect_eq "$(node /run/rig/version.js /run/rig/vscode)" "$commit" "through ssh -L"
	kill $forward && wait $forward 2>/dev/null
	as_ssh alice 'pkill -f "[s]erver-main.js"'
	expect_all_gone
	sed -i 's/hostname = /on_last_close = "kill"; kill_grace = "1s"; hostname = /' /etc/security/nsisolate.conf
	as_ssh alice "$begin"
	wait_until 20 eval '! pgrep -u alice -f "[s]erver-main.js" >/dev/null' || fail "on_last_close = kill has left it"
	default_policy
	expect_all_gone
	case_ok
fi

case_begin "any server that the first connection starts: found in /tmp by later logins, kept with the set, ended by kill"
cat >/usr/local/bin/editor-server <<'PY'
#!/usr/bin/python3
# Begun by the first connection, detached, with a socket in /tmp that later ones ask at.
import os, socket, sys
if os.fork():
    sys.exit()
os.setsid()
s = socket.socket(socket.AF_UNIX)
s.bind("/tmp/editor-ipc.sock")
s.listen()
while True:
    c, _ = s.accept()
    c.sendall(b"served")
    c.close()
PY
chmod 755 /usr/local/bin/editor-server
ask="python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/tmp/editor-ipc.sock\"); print(s.recv(99).decode())'"
as_ssh alice 'editor-server >/dev/null 2>&1 </dev/null; for i in $(seq 50); do test -S /tmp/editor-ipc.sock && break; sleep 0.1; done'
expect_eq "$(as_ssh alice "$ask")" served "a login after the first has ended"
ssh "${ssh_options[@]}" -N -o ExitOnForwardFailure=yes -L /run/rig/forwarded:/tmp/editor-ipc.sock alice@127.0.0.1 </dev/null &
forward=$!
wait_until 10 test -S /run/rig/forwarded
expect_eq "$(python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/rig/forwarded"); print(s.recv(99).decode())')" served "through ssh -L"
kill $forward && wait $forward 2>/dev/null
expect_fails test -e /tmp/editor-ipc.sock
pkill -f editor-server
expect_all_gone
sed -i 's/hostname = /on_last_close = "kill"; kill_grace = "1s"; hostname = /' /etc/security/nsisolate.conf
as_ssh alice 'editor-server >/dev/null 2>&1 </dev/null'
wait_until 10 eval '! pgrep -f editor-server >/dev/null' || fail "on_last_close = kill has left it"
default_policy
expect_all_gone
case_ok
