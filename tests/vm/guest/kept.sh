# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sets of alice's that are kept without sessions, and the scope of their anchor in $slice.

# Setting properties back makes its group again, which is empty and not in use: the unit tells.
slice_is_gone() {
	! systemctl -q is-active user-1000.slice
}

manager_is_gone() {
	! systemctl -q is-active user@1000.service
}

scope_of_set() {
	systemctl list-units --no-legend --plain 'nsisolate-set-*.scope' | sed 's/ .*//'
}

has_scope() {
	[ -n "$(scope_of_set)" ]
}

has_other_scope() { # than that
	[ -n "$(scope_of_set)" ] && [ "$(scope_of_set)" != "$1" ]
}

state_of_set() {
	nsisolate list -n -o state alice | xargs
}
is_lingering() { # the helper notices the end of the last session a moment later
	[ "$(state_of_set)" = lingering ]
}

set_of() { # NAME, of a session
	ask "$1" 'echo $NSISOLATE_SET'
}

kept_policy() {
	cat >/etc/security/nsisolate.conf <<-END
		version = 1;
		policies = { p = { namespaces = [ "mount" ]; linger = "30m"; limits = { memory = "128M"; };
			directories = ( { path = "/tmp"; method = "tmpfs"; size = "64M"; } ); }; };
		rules = ( { uid = "1000-1999"; policy = "p"; } );
	END
	systemctl reload-or-restart nsisolate.service
}
