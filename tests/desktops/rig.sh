# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Booted systems with display managers: their packages, the screenshots that they leave, and the table of what was seen.

desktop_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# A virtual X server, what is seen on it, and who types; both kinds of doors of .ci/run.
desktop_base="xvfb xauth xterm openbox xdotool x11-utils x11-xserver-utils x11-apps xfonts-base netpbm i3lock
	gnome-keyring libpam-gnome-keyring dbus-x11 polkitd upower
	lightdm lightdm-gtk-greeter xrdp xorgxrdp xserver-xorg-core freerdp3-x11 freerdp2-x11"
# The other display managers, for "make check-desktops".
desktop_all="sddm xdm wdm lxdm slim nodm greetd weston xwayland gdm3 gnome-session-bin gnome-shell python3"
# What "make check-desktops" runs; a script takes names of them as arguments.
desktop_parts="lightdm lightdm-autologin lightdm-time xrdp xdm lxdm slim sddm nodm greetd gdm wayland"

desktop_begin() { # SUITE [all]
	export NSI_VM_MAKER=mkdesktop NSI_VM_PACKAGES
	NSI_VM_PACKAGES=$(echo $desktop_base ${2:+$desktop_all})
	vm_begin container "$1"
	desktop_suite=$1
	desktop_shots=${B:-build}/tests/desktops/$1
	mkdir -p "$desktop_shots"
	rm -f "$desktop_shots"/*
}

# Runs parts in it, fetches the screenshots that they have made, and compares what was seen with the table.
desktop_run() { # PART...
	local status=0

	vm_run desktop-ready "$@" || status=$?
	"$vm" ssh "$vm_dir" root 'cd /root/shots 2>/dev/null && tar -cf - .' | tar -C "$desktop_shots" -xf - 2>/dev/null || :
	desktop_read || status=1
	[ $status != 0 ] || desktop_compare || status=1
	return $status
}

# A file NAME.says has the words that are to be seen on a screenshot, NAME.png or one of NAME-*.png: as a reader sees them.
desktop_read() {
	local says name status=0

	[ -z "$(find "$desktop_shots" -name '*.says')" ] && return
	if ! command -v tesseract >/dev/null || ! command -v pamscale >/dev/null; then
		echo "skip reading the screenshots # needs tesseract and pamscale (packages tesseract-ocr and netpbm)"
		return
	fi
	for says in "$desktop_shots"/*.says; do
		name=$(basename "$says" .says)
		if desktop_is_read "$name" "$(cat "$says")"; then
			echo "ok the screenshot $name says: $(cat "$says")"
		else
			echo "not ok the screenshot $name says: $(cat "$says")"
			status=1
		fi
	done
	return $status
}

desktop_is_read() { # NAME WORDS
	local shot how

	for shot in "$desktop_shots/$1".png "$desktop_shots/$1"-*.png; do
		[ -s "$shot" ] || continue
		for how in "pnminvert 3 6" "pnminvert 3 11" "cat 2 6" "cat 2 11" "cat 4 6" "cat 4 11"; do
			# shellcheck disable=SC2086
			! desktop_words "$shot" $how | grep -qiF "$2" || return 0
		done
	done
	return 1
}

# The words on a screenshot, in one line: in grey, by a filter for dark or light screens, enlarged so often, and
# looked for in a block of text (6) or here and there (11).
desktop_words() { # SHOT FILTER TIMES MODE
	pngtopnm -quiet "$1" | ppmtopgm -quiet | "$2" | pamscale -quiet "$3" | pnmtopng -quiet |
		OMP_THREAD_LIMIT=1 tesseract - - --psm "$4" 2>/dev/null | tr -s '\n ' ' '
}

# The lines of docs/desktops.md about these programs are those that have been seen: tests/desktops/seen.SUITE.tsv.
desktop_compare() {
	local kept=$desktop_here/seen.$desktop_suite.tsv

	touch "$desktop_shots/seen.tsv"
	cut -f 1 "$desktop_shots/seen.tsv" | sort -u | while read -r program; do
		cut -f 1 "$kept" | grep -qxF "$program" || echo "skip the table about $program # it has no line of it yet"
	done
	if diff <(awk -F '\t' 'NR == FNR { seen[$1]; next } $1 in seen' "$desktop_shots/seen.tsv" "$kept" | sort) \
		<(awk -F '\t' 'NR == FNR { kept[$1]; next } $1 in kept' "$kept" "$desktop_shots/seen.tsv" | sort -u) >&2; then
		echo "ok the table of docs/desktops.md is what was seen"
	else
		echo "not ok the table of docs/desktops.md is what was seen"
		echo "FAILED see $desktop_shots/seen.tsv; tools/desktop-table makes the table from $kept" >&2
		return 1
	fi
}
