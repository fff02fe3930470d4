#!/bin/bash
# SPDX-License-Identifier: MIT
# What programs read: nsisolate metrics as OpenMetrics text, matrix and gc as JSON.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

# A strict parser of the part of OpenMetrics 1.0 that may be there: each family has TYPE and HELP before its
# samples and is not interleaved with another, names and labels are in form, counters end in _total, no
# sample is there twice, and EOF is the last line.  Says what is wrong; prints the samples as NAME{LABEL} VALUE.
parse() {
	awk '
	function bad(why) { print "line " NR ": " why ": " $0 >"/dev/stderr"; status = 1 }
	ended { bad("behind EOF") }
	/^# EOF$/ { ended = 1; next }
	/^# TYPE [a-z_]+ (gauge|counter|histogram)$/ {
		if ($3 in seen) bad("a family twice")
		seen[$3]; family = $3; type = $4; help = 0; next }
	/^# HELP [a-z_]+ [^\\]+$/ { if ($3 != family || help) bad("HELP without TYPE"); help = 1; next }
	# Buckets by rising bounds, their counts never fall, and the last is the count.
	type == "histogram" && /^[a-z_]+_(bucket|sum|count){[a-z_]+="[^"\\]*"(,le="([0-9.e+-]+|[+]Inf)")?} [0-9.]+$/ {
		label = $1; sub(/.*{/, "", label); sub(/[,}].*/, "", label)
		if (!help) bad("no HELP")
		if (index($1, family "_") != 1) bad("of another family than " family)
		if ($1 in samples) bad("a sample twice")
		if ($1 ~ /_bucket/) {
			le = $1; sub(/.*le="/, "", le); sub(/"}/, "", le); le = le == "+Inf" ? 1e300 : le + 0
			if (label in bound && (le <= bound[label] || $2 < last[label])) bad("a bucket out of order")
			bound[label] = le; last[label] = $2 }
		if ($1 ~ /_count/ && (bound[label] != 1e300 || $2 != last[label])) bad("another count than the last bucket")
		samples[$1]; print; next }
	/^[a-z_]+({[a-z_]+="[^"\\]*"})? [0-9]+$/ {
		name = $1; sub(/{.*/, "", name)
		if (!help) bad("no HELP")
		if (name != family (type == "counter" ? "_total" : "")) bad("of another family than " family)
		if ($1 in samples) bad("a sample twice")
		samples[$1]; print; next }
	{ bad("no form that there is") }
	END { if (!ended) bad("no EOF"); exit status }'
}
value() { # SAMPLE
	awk -v s="$1" '$1 == s { print $2 }' <<<"$samples"
}
measure() {
	samples=$(nsisolate metrics | parse) || fail "the text is not in form"
}

case_begin "before any login: zeros, in form"
measure
expect_eq "$(value nsisolate_ok)" 1 "ok"
expect_eq "$(value nsisolate_policy_ok)" 1 "the policy"
expect_eq "$(value nsisolate_helper_running)" 0 "the helper"
expect_eq "$(value 'nsisolate_sets{state="live"}')" 0 "live sets"
expect_eq "$(value 'nsisolate_decisions_total{outcome="refused"}')" 0 "refusals"
expect_match "$samples" 'nsisolate_policy_info.fingerprint="[0-9a-f]{16}". 1' "the fingerprint"
fingerprint=$(grep policy_info <<<"$samples")
case_ok

case_begin "logins, sets, sessions and a refusal are counted"
sed -i 's/scope = "user";/& max_sessions = "1";/' /etc/security/nsisolate.conf
stay one ssh alice true
as_su_l alice true 2>/dev/null && fail "a second session was let in"
measure
expect_eq "$(value nsisolate_helper_running)" 1 "the helper"
expect_eq "$(value 'nsisolate_sets{state="live"}')" 1 "live sets"
expect_eq "$(value 'nsisolate_sets{state="held"}')" 0 "held sets"
expect_eq "$(value nsisolate_sessions)" 1 "sessions"
expect_eq "$(value 'nsisolate_login_seconds_count{set="new"}')" 1 "logins that waited for a new set"
expect_eq "$(value 'nsisolate_login_seconds_count{set="joined"}')" 0 "logins that joined one"
expect_match "$(value 'nsisolate_login_seconds_sum{set="new"}')" '^[0-9]\.0*[1-9]' "how long they waited"
expect_eq "$(value nsisolate_policy_read_timestamp_seconds)" "$(nsisolate list --json | jq .policy.since)" "when the policy was read"
expect_match "$(grep policy_info <<<"$samples")" "$(nsisolate list --json | jq -r .policy.fingerprint)" "the fingerprint in list"
expect_eq "$(value 'nsisolate_decisions_total{outcome="isolated"}')" 1 "isolated"
expect_eq "$(value 'nsisolate_decisions_total{outcome="refused"}')" 1 "refused"
expect_eq "$(value 'nsisolate_failures_total{cause="policy"}')" 1 "by the policy"
expect_eq "$(value 'nsisolate_policy_in_force{state="current"}')" 1 "in force"
expect_ne "$(grep policy_info <<<"$samples")" "$fingerprint" "the fingerprint of another policy"
expect_no_match "$samples" alice "a name of a user"
case_ok

case_begin "a policy that cannot be used, and isolation that is off"
echo nonsense >>/etc/security/nsisolate.conf
touch /run/nsisolate/disabled
measure
expect_eq "$(value nsisolate_policy_ok)" 0 "the policy"
expect_match "$(value nsisolate_policy_errors)" '^[1-9]' "its errors"
expect_eq "$(value nsisolate_isolation_enabled)" 0 "isolation"
expect_eq "$(value nsisolate_ok)" 0 "ok"
rm /run/nsisolate/disabled
default_policy
runuser -u alice -- nsisolate metrics 2>/dev/null
expect_eq "$?" 4 "the exit status for an ordinary user"
case_ok

case_begin "the alerts and the dashboard ask for metrics that there are"
measure
for file in prometheus/nsisolate.rules.yml grafana/nsisolate.json; do
	names=$(grep -o 'nsisolate_[a-z_]*' "$rig_top/conf/$file" | sort -u)
	expect_match "$names" nsisolate_ok "the metrics in $file"
	for name in $names; do
		grep -q "^$name[ {]" <<<"$samples" || fail "there is no $name, which $file asks for"
	done
done
python3 - "$rig_top/conf" <<-'END' || fail "a file is not in form"
	import json, sys
	try:
	    import yaml
	except ImportError:
	    yaml = None
	board = json.load(open(sys.argv[1] + "/grafana/nsisolate.json"))
	assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 0
	assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])
	if yaml:
	    rules = yaml.safe_load(open(sys.argv[1] + "/prometheus/nsisolate.rules.yml"))["groups"][0]["rules"]
	    assert all(rule["alert"] and rule["expr"] and rule["annotations"]["summary"] for rule in rules)
END
case_ok

case_begin "matrix --json: the host, and what each set shares with it"
out=$(nsisolate matrix --json)
expect_eq "$(json "$out" host.mnt)" "$(stat -Lc %i /proc/self/ns/mnt)" "the host"
expect_eq "$(json "$out" sets.0.user)" alice "the user"
expect_eq "$(jq -c '.sets[0].of_host' <<<"$out")" '["net","pid","cgroup","time","user"]' "what is shared"
expect_eq "$(json "$out" sets.0.namespaces.ipc)" "$(nsisolate list --json | jq '.sets[0].namespaces.ipc')" "a number"
leave one
expect_all_gone
case_ok

case_begin "gc --json: what is left over, why, and whether it is gone"
expect_eq "$(nsisolate gc --json | jq -c '[.dry_run, .items]')" '[false,[]]' "nothing"
mkdir -m 700 /var/lib/nsisolate/s00000000-7
out=$(nsisolate gc --dry-run --json)
expect_eq "$(json "$out" items.0.what)" /var/lib/nsisolate/s00000000-7 "what"
expect_eq "$(json "$out" items.0.why)" "of a set before this boot" "why"
expect_eq "$(json "$out" items.0.gone)" null "with --dry-run"
[ -d /var/lib/nsisolate/s00000000-7 ] || fail "--dry-run has removed it"
expect_eq "$(nsisolate gc --json | jq -c '.items[0].gone')" true "gone"
[ ! -d /var/lib/nsisolate/s00000000-7 ] || fail "it is there"
case_ok
