# output_trouble.sh — sourced, after lib.sh, by the tests in which nobody takes the lines of `run`.
# start_on FILE …: as start, but stderr is FILE
start_on() {
	stderr=$1
	shift
	"$UNDERSTUDY" run --session "$session" --port "$port" --device null --record "$work/a.wav" --log "$work/log" "$@" >/dev/null 2>"$stderr" </dev/null &
	run_pid=$!
	local tries=0
	until [ "$(played)" -gt 0 ]; do
		tries=$((tries + 1))
		[ $tries -le 200 ] && kill -0 $run_pid 2>/dev/null || { fail "the synth starts with stderr on $stderr" && exit 1; }
		sleep 0.05
	done
}
successor_of() {
	local tries=0
	until pid=$(now supervisor_pid) && [ "${pid:-0}" != 0 ] && [ "$pid" != "$1" ] && [ "$(played)" -gt "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || return 1
		sleep 0.1
	done
}
control_answers() {
	local tries=0
	until ask /ping i 1 2>/dev/null | grep -q pong; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || return 1
	done
}
# What must go on while nobody reads: $1 says where
trouble() {
	send /gate/adsr i 1
	n=0
	while [ $n -lt 2 ]; do
		fault kill primary
		check "$1: a death is mended ($n)" until_pair
		until_status spare_ready = 1 >"$work/spare"
		n=$((n + 1))
	done
	fault kill control
	check "$1: control comes back" control_answers
	check "$1: no block is missing" [ "$(now gap_blocks)" = 0 ]
	old=$(now supervisor_pid) before=$(played)
	fault kill supervisor
	check "$1: another supervisor plays on" successor_of "$old" $((before + 200))
	check "$1: with a full pair" until_pair
	fault kill primary
	check "$1: which survives a death" until_pair
}
proven() {
	stop
	check "$1: played equals replay" replay_equals "$work/log" "$work/a.wav"
	check "$1: and is not silent" is_not_silent "$work/a.wav"
	rm -rf "$work/log" "$work/a.wav"
}
