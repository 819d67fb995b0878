# tests/integration/cells.sh — sourced after lib.sh and servers.sh: one cell of the matrix (server, period, rate), with the
# options of an ordinary desktop, which are none. Beside the synth, in the same seconds, plays jack_ear, a minimal client:
# the synth may have no more underruns than it has missed periods. Its clicks measure the latency, which must be what the
# synth says, within a block.
cat >"$work/cell.us" <<-'END'
	osc = saw freq=55
	vcf = ladder cutoff=400hz
	osc -> vcf -> out *0.05
	heard = in
	heard -> out
END
sample() { # what has happened so far: underruns, late callbacks
	status_of "$session" | awk '$1 == "underruns" { u = $2 } $1 == "late_callbacks" { l = $2 } END { print u + 0, l + 0 }'
}
# The null clock has no ear beside it: what comes late there is its callback itself, which no worker can cause.
null_cell() { # PERIOD RATE
	start "$work/cell.us" --device null --frames "$1" --rate "$2"
	set -- $(sample)
	sleep "${seconds:-1.2}"
	set -- "$@" $(sample)
	stop
	underruns=$(($3 - $1)) missed=$(($4 - $2)) said=0 measured=0
}
jack_cell() { # SERVER PERIOD RATE
	start_"$1" "$2" "$3" >"$work/cell.out" 2>&1 || { cat "$work/cell.out" && return 1; }
	start "$work/cell.us" --input default
	sleep 0.3
	said=$(status_of "$session" | awk '$1 == "latency_ms" { l = $2 } $1 == "rate" { r = $2 } END { printf "%.0f", l * r / 1000 }')
	set -- "$@" $(sample)
	"$ear" "${seconds:-1.2}" "understudy-$session:in_1" "understudy-$session:out_1" >"$work/ear.out" 2>&1
	set -- "$@" $(sample)
	stop
	end_server
	underruns=$(($6 - $4))
	missed=$(awk '$1 == "missed" { print $2 } END { if (!NR) print 0 }' "$work/ear.out")
	measured=$(awk '$1 == "latency" && $9 > 0 { print $4 + $8 } ' "$work/ear.out")
	awk -v p="$2" -v r="$3" '$1 == "missed" && $4 == p && $6 == r { ok = 1 } END { exit !ok }' "$work/ear.out" || { cat "$work/ear.out" && return 1; }
	[ -n "$measured" ] || { cat "$work/ear.out" && return 1; }
}
# cell SERVER PERIOD RATE: one line; up to three tries, for others may be at work on this machine. False: it failed. Where
# the minimal client misses periods, too, its clicks measure the machine: the latency of that try is not judged.
cell() {
	local try=0 ok=
	while [ $try -lt 3 ]; do
		try=$((try + 1)) underruns=none missed=none said=0 measured=0 ok=
		case $1 in null) null_cell "$2" "$3" ;; *) jack_cell "$@" ;; esac && [ "$underruns" -le "$missed" ] && ok=yes
		[ "$ok" ] && [ $((said - measured)) -le 64 ] && [ $((measured - said)) -le 64 ] && break
		[ "$missed" != none ] && [ "$missed" -gt 0 ] || ok=
		end_server
	done
	printf '%-9s %5s frames at %6s Hz: underruns %s, beside it missed %s' "$1" "$2" "$3" "$underruns" "$missed"
	[ "$1" = null ] || printf '; latency said %s, measured %s' "$said" "$measured"
	[ $try -lt 2 ] || printf '; try %s' $try
	[ "$ok" ] && echo || { echo "  FAILED" && return 1; }
}
