#!/bin/bash
# SPDX-License-Identifier: MIT
# Interfaces of the host that are moved into a set: they come back as they were, whatever happens.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
mkdir -p /run/netns
ip link add nsitest type veth peer name nsipeer
ip link set nsipeer up
the_helper() {
	pgrep -f 'nsisolate-helper --config' | head -n 1
}
the_anchor() {
	pgrep -f '^nsisolate: set ' | head -n 1
}

# What an interface is like, but for its number and what a second more or less would change.
state_of() { # INTERFACE
	ip -o link show dev "$1" | sed -E 's/^[0-9]+: //; s/ state [A-Z]+//; s/(,LOWER_UP|,M-DOWN|NO-CARRIER,)//g; s/ qdisc [a-z]+//; s/@[^:]*//'
	ip -o addr show dev "$1" | sed -E 's/^[0-9]+: //; s/ tentative//; s/[0-9]+sec/some/g' | sort
	ip route show dev "$1" && ip -6 route show dev "$1" | sort
	(cd /proc/sys/net && grep . ipv6/conf/"$1"/{disable_ipv6,addr_gen_mode,accept_ra,autoconf} ipv4/conf/"$1"/rp_filter)
}
is_as_before() { # [NAME]
	state_of "${1:-nsitest}" 2>/dev/null | sed "s/${1:-nsitest}/nsitest/g" | cmp -s /run/rig/before -
}
expect_as_before() { # [NAME]
	wait_until 10 is_as_before "$@" && return
	fail "${1:-nsitest} is not as it was"
	state_of "${1:-nsitest}" | diff /run/rig/before - >&2
}
# An interface with something of everything.
dress() {
	ip link set nsitest mtu 1400 && ip link set nsitest up
	sysctl -q net.ipv6.conf.nsitest.accept_ra=0 net.ipv4.conf.nsitest.rp_filter=2
	ip addr add 192.0.2.5/24 brd + dev nsitest label nsitest:lab
	ip addr add 198.51.100.5/25 dev nsitest
	ip addr add 203.0.113.5/24 dev nsitest valid_lft 5000 preferred_lft 4000
	ip addr add 2001:db8:5::5/64 dev nsitest nodad
	ip route add 10.9.0.0/16 via 192.0.2.1 metric 7 && ip route add 10.8.0.0/16 dev nsitest
	ip -6 route add 2001:db8:9::/48 via 2001:db8:5::1
	wait_until 5 eval '! ip -o addr show dev nsitest | grep -q tentative'
	state_of nsitest >/run/rig/before
}
moved() {
	net_policy "mode = \"none\"; interfaces = [ \"nsitest\" ]; $1" "${2:-}"
}
dress
net_begin

case_begin "up, with addresses, routes, an MTU and settings of its own: all as before"
moved ''
stay a ssh alice true
expect_match "$(as_su alice 'ip -o link show dev nsitest')" 'UP.*mtu 1400' "in the session"
expect_eq "$(as_su alice 'ip -o addr show dev nsitest scope global')" "" "its addresses there"
expect_fails ip link show dev nsitest 2>/dev/null
expect_match "$(ip netns list)" '^nsi[0-9]+' "the name of the namespace that has it"
leave a
expect_net_gone
expect_as_before
expect_match "$(ip -o addr show dev nsitest to 203.0.113.5)" 'valid_lft 49[0-9][0-9]sec preferred_lft 39[0-9][0-9]sec' "the rest of a lifetime"
case_ok

case_begin "changed inside, by any name: as before"
stay a ssh alice true
in_set="nsenter -n -t $(the_anchor)"
$in_set ip link set nsitest down && $in_set ip link set nsitest name other mtu 1300
$in_set ip link add nsitest type bridge && $in_set ip addr add 10.66.0.1/24 dev other
leave a
expect_net_gone
expect_as_before
expect_eq "$(ip -o link show dev nsitest type veth | wc -l)" 1 "the one that came back"
case_ok

case_begin "taken away inside, and another made of its number and name: that is not given to the host"
stay a ssh alice true
in_set="nsenter -n -t $(the_anchor)"
number=$($in_set ip -o link show dev nsitest | cut -d: -f1)
$in_set ip link del nsitest
$in_set ip link add nsitest index "$number" type veth peer name other
expect_match "$($in_set ip -o link show dev nsitest)" "^$number: " "the other one"
leave a
wait_until 15 nothing_left || fail "left: $(sets_left | xargs)"
expect_fails ip link show dev nsitest 2>/dev/null
ip link add nsitest type veth peer name nsipeer
ip link set nsipeer up
dress
net_begin
case_ok

case_begin "anchor killed, helper killed, one after the other: as before"
stay a ssh alice true
kill -KILL "$(the_helper)" && kill -KILL "$(the_anchor)"
expect_match "$(as_su alice 'ip -o link show dev nsitest')" 'UP' "in the session, with the next helper"
leave a
expect_net_gone
expect_as_before
moved '' 'linger = "1h";'
expect_ok as_su alice true
kill -KILL "$(the_anchor)"
expect_net_gone
expect_as_before
case_ok

case_begin "helper, anchor and session killed together: the next helper gives it back"
moved ''
stay a ssh alice true
kill -KILL "$(the_helper)" "$(the_anchor)"
pkill -KILL -u alice
wait "${stayers[a]% *}" 2>/dev/null
expect_fails ip link show dev nsitest 2>/dev/null
net_policy 'mode = "none";'
expect_ok as_su carol true
expect_net_gone
expect_as_before
case_ok

case_begin "a set-up that fails behind it: as before"
moved 'sysctl = [ "net.ipv4.no_such_thing=1" ];'
expect_fails as_su alice true 2>/dev/null
expect_net_gone
expect_as_before
net_policy 'mode = "none"; interfaces = [ "nsitest", "nope0" ];'
expect_fails as_su alice true 2>/dev/null
expect_net_gone
expect_as_before
case_ok

case_begin "another has its name by now: it comes back by a spare one, and the log says so"
moved ''
stay a ssh alice true
ip link add nsitest type bridge && ip addr add 10.99.0.1/24 dev nsitest
ip -o addr show dev nsitest >/run/rig/other
: >"$rig_log"
leave a
expect_sets_gone
wait_until 10 ip link show dev dev0 >/dev/null
expect_eq "$(ip -o addr show dev dev0 scope global | awk '{ print $4 }' | sort | xargs)" "$(grep -oE 'inet6? [0-9][^ ]+' /run/rig/before | awk '{ print $2 }' | sort | xargs)" "its addresses"
expect_match "$(ip -o link show dev dev0)" 'UP.*mtu 1400' "its state"
expect_match "$(logged 'is back as')" 'the interface nsitest is back as dev0: there is another of its name by now' "the log"
ip -o addr show dev nsitest | diff /run/rig/other - >&2 || fail "the other one was changed"
ip link del nsitest
ip link set dev0 down && ip link set dev0 name nsitest && ip link set nsitest up
case_ok

case_begin "down and with nothing, or a port of a bridge: as before"
ip link del nsitest
ip link add nsitest type veth peer name nsipeer # the peer stays down: no address of it comes and goes
state_of nsitest >/run/rig/before
net_begin
stay a ssh alice true
leave a
expect_net_gone
expect_as_before
ip link add br9 type bridge && ip link set br9 up
ip link set nsitest master br9 && ip link set nsitest up
state_of nsitest >/run/rig/before
stay a ssh alice true
leave a
wait_until 10 is_as_before || expect_as_before
expect_match "$(bridge link show dev nsitest)" 'master br9' "its bridge"
ip link del br9
case_ok

ip link del nsitest
rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
