# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How does a script get a system of its own?  Runs on the machine; changes nothing on it.

rig_launch() {
	local variant status=0

	if [ "$(id -u)" != 0 ]; then
		echo "skip all # needs root"
		return 0
	fi
	if ! unshare -m -n -p -i -u -f --kill-child --propagation private true 2>/dev/null; then
		echo "skip all # this machine allows no new namespaces"
		return 0
	fi
	for variant in ${RIG_VARIANTS:-shared}; do
		env RIG_VARIANT="$variant" unshare -m -n -p -i -u -f --kill-child --propagation private \
			-- bash "$rig_here/rig/assemble.sh" "$rig_top" "${rig_script#"$rig_top"/}" "$@" || status=1
	done
	return $status
}
