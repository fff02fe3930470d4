# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lightdm with its own greeter, before a virtual screen.
. "$here/desktop.sh"
. "$here/lightdm.sh"

lightdm_begin

# Policies with "ipc" take MIT-SHM from desktops whose X server is the display manager's: doctor has a note of it.
expect_ipc_display_found() { # POLICY
	case $1 in
	lab-hostnames | lab | default) expect_has "$(nsisolate doctor)" "[ipc-display]" "doctor, with $1" ;;
	*) expect_has_not "$(nsisolate doctor)" "[ipc-display]" "doctor, with $1" ;;
	esac
}

for policy in lab-desktop lab-hostnames lab default; do
	case_begin "lightdm, $policy: login by typed password; X, systemd --user, /tmp and name are the user's"
	example_policy $policy
	usermod -a -G lab alice 2>/dev/null
	lightdm_login alice pw
	desk_comes alice
	expect_desk_isolated alice "$([ $policy = default ] && echo vmtest || echo vmtest-alice)"
	expect_ipc_display_found $policy
	expect_has "$(desk alice 'nsisolate status')" "$(desk alice 'echo $NSISOLATE_SET')" "nsisolate status, as alice"
	shot_by_user alice "lightdm-$policy-alice"
	desk_leave alice
	user_gone alice
	lightdm_restart
	case_ok
	desktop_seen lightdm "typed password" in
	desktop_seen lightdm policy "$policy"
done

case_begin "lightdm: a wrong password leads back to the greeter, and the right one in"
example_policy lab-desktop
lightdm_login alice wrong
wait_until "$seconds" lightdm_asks || fail "the greeter does not ask again"
! desk_is_there alice || fail "a desktop"
shot lightdm-wrong-password
! dpkg --compare-versions "$(dpkg-query -W -f '${Version}' lightdm)" ge 1.32 || shot_says lightdm-wrong-password incorrect
lightdm_login alice pw
desk_comes alice
case_ok
desktop_seen lightdm "wrong password" "asks again"

case_begin "lightdm, lab-desktop: shared memory with the X server works"
expect_has "$(desk alice 'x11perf -repeat 1 -time 1 -shmput10 2>&1')" reps "x11perf"
case_ok

case_begin "lightdm: i3lock locks, a wrong password does not unlock it, and the right one does"
desk_locks alice lightdm
case_ok
desktop_seen lightdm "lock, unlock" i3lock

case_begin "lightdm: ssh -X into the set and out of the desktop"
install -o alice -g alice -m 600 $lib/key /home/alice/.ssh/key
out="ssh -X -F /dev/null -i /home/alice/.ssh/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
expect_has "$(desk alice "$out bob@127.0.0.1 'hostname; xdpyinfo' 2>&1")" "name of display:    localhost:1" "out of the desktop"
expect_has "$(desk alice "$out bob@127.0.0.1 hostname 2>&1")" vmtest-bob "where it comes"
screen :0 /var/run/lightdm/root/:0
expect_has "$(ssh -X "${ssh_options[@]}" alice@127.0.0.1 'hostname; xdpyinfo' 2>&1 </dev/null | xargs)" \
	"vmtest-alice name of display: localhost:1" "from the host into the set"
case_ok

case_begin "lightdm: a removable disk that the host mounts is seen inside, and can be taken out"
mkdir -p /media/alice/stick
mount -t tmpfs stick /media/alice/stick && touch /media/alice/stick/file
expect_eq "$(desk alice 'ls /media/alice/stick')" file "what is on it"
expect_ok umount /media/alice/stick
expect_eq "$(desk alice 'ls /media/alice/stick')" "" "what is there after that"
case_ok

case_begin "lightdm: logind answers a question about poweroff as for a process of the same session in the host's namespaces"
may="busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager"
for question in CanPowerOff CanReboot; do
	inside=$(desk alice "$may $question")
	expect_eq "$inside" "$(beside_desk alice "$may $question")" "$question"
	expect_match "$inside" '^s "(yes|no|na|challenge)"$' "$question"
done
case_ok

case_begin "lightdm: two users at one machine, each with a name, a /tmp and a screen of their own"
lightdm_prompts=$(grep -c 'Prompt greeter with' $lightdm_log)
expect_ok desk alice 'dm-tool switch-to-greeter'
lightdm_login bob pw :1
desk_comes bob
desk_expect_apart alice bob
shot_by_user alice two-alice
shot_by_user bob two-bob
desk_leave bob
expect_ok desk_is_there alice
case_ok
desktop_seen lightdm "two users" "dm-tool switch-to-greeter"

case_begin "lightdm: logout, and a second login"
desk_leave alice
lightdm_restart
lightdm_login alice pw
desk_comes alice
expect_desk_isolated alice
desk_leave alice
user_gone alice
user_gone bob
case_ok
desktop_seen lightdm "logout, login" "in again"

case_begin "lightdm: a refused user is back at the greeter, and no process of theirs is left"
desktop_refuse
lightdm_restart
lightdm_login alice pw
wait_until "$seconds" is_refused lightdm || fail "nothing says so"
wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
desk_is_there alice && fail "a desktop"
expect_note alice
desktop_allow
lightdm_login alice pw
desk_comes alice
desk_leave alice
user_gone alice
user_gone bob
case_ok
desktop_seen lightdm refused "the greeter again"
systemctl stop lightdm
