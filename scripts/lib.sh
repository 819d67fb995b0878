# scripts/lib.sh — what the scripts and the integration tests share. Sourced by POSIX sh.
# UNDERSTUDY names the program; else the one that was built here, else the one in PATH.
root=$(cd "$(dirname "$0")" && while [ ! -e Makefile ] && [ "$PWD" != / ]; do cd ..; done && pwd)
case ${BUILD:=build} in /*) ;; *) BUILD=$root/$BUILD ;; esac
export BUILD
if [ -z "${UNDERSTUDY:-}" ]; then
	UNDERSTUDY=$BUILD/understudy
	[ -x "$UNDERSTUDY" ] || UNDERSTUDY=$(command -v understudy) || {
		echo "understudy is not built: run make" >&2
		exit 1
	}
fi

# JSON on stdin → one line for each value: "workers.0.pid 123". Strings keep their escapes.
flatten_json() {
	awk '
	function step(c) {
		if (c == "{" || c == "[") { depth++; kind[depth] = c; at[depth] = c == "[" ? 0 : ""; return }
		if (c == "}" || c == "]") { depth--; return }
		if (c == ",") { if (kind[depth] == "[") at[depth]++; else want_key = 1 }
	}
	function path(  i, p) { p = at[1]; for (i = 2; i <= depth; i++) p = p "." at[i]; return p }
	{ text = text $0 }
	END {
		want_key = 1
		while (match(text, /^[ \t\n]*("([^"\\]|\\.)*"|[][{},:]|[^][{},: \t\n"]+)/)) {
			token = substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1)
			gsub(/^[ \t\n]+/, "", token)
			if (token ~ /^[][{},]$/) { step(token); if (token == "{") want_key = 1; continue }
			if (token == ":") { want_key = 0; continue }
			if (token ~ /^"/) token = substr(token, 2, length(token) - 2)
			if (kind[depth] == "{" && want_key) at[depth] = token; else print path(), token
		}
	}'
}

# All values of a session's status, flattened. $1: session
status_of() { "$UNDERSTUDY" status --json --session "$1" | flatten_json; }
# One value out of a flattened status in $1. $2: key
value() { printf '%s\n' "$1" | awk -v k="$2" '$1 == k { sub(/^[^ ]+ ?/, ""); print; exit }'; }
# The same, asked for now. $1: session, $2: key
status_value() { value "$(status_of "$1")" "$2"; }

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# What some trouble cost: two flattened statuses, before and after.
print_cost() {
	printf '%-24s %12s %12s %12s\n' '' before after 'cost'
	for key in blocks_played underruns late_callbacks crash_count promotions replacements divergences; do
		b=$(value "$1" $key) a=$(value "$2" $key)
		printf '%-24s %12s %12s %12s\n' "$key" "$b" "$a" $((a - b))
	done
	for key in failover_ms rebuild_ms; do
		printf '%-24s p50 %s, p95 %s, max %s\n' "$key (whole session)" "$(value "$2" $key.p50)" \
			"$(value "$2" $key.p95)" "$(value "$2" $key.max)"
	done
	quarantined=$(printf '%s\n' "$2" | awk '$1 ~ /^quarantined\./ { printf " %s", $2 }')
	printf '%-24s%s\n' quarantined "${quarantined:- nothing}"
}

