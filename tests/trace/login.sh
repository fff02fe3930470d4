#!/bin/bash
# SPDX-License-Identifier: MIT
# The session that tools/trace-login traces, in the tests' rig: prints the events of the helper, with marks.
. "$(dirname "$0")/../session/rig.sh"

trace=/run/nsisolate-trace
default_policy
isolate

mark() { # NAME: what the helper has done since the last one is that of NAME
	sleep 1
	echo "trace mark $1"
	sed 's/^/trace /' $trace
	: >$trace
}

as_su bob true # the policy is read, and a spare anchor wanted
sleep 3
: >$trace
chmod 666 $trace
stay one su alice true
mark first-login
stay two su alice true
mark join
leave two
mark close
leave one
mark last-close
rm -f $trace
