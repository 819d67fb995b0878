# output_trouble.sh — sourced, after lib.sh, by the tests in which nobody takes the lines of `run`.
# start_on FILE …: as start, but stderr is FILE
start_on() {
	stderr=$1
	shift
	"$UNDERSTUDY" run --session "$session" --port "$port" --device null --record "$work/a.wav" --log "$work/log" "$@" >/dev/null 2>"$stderr" </dev/null &
	run_pid=$!
	until_true '[ "$(played)" -gt 0 ] || ! kill -0 $run_pid 2>/dev/null' && kill -0 $run_pid 2>/dev/null ||
		{ fail "the synth starts with stderr on $stderr" && exit 1; }
}
successor_of() {
	until_true 'pid=$(now supervisor_pid) && [ "${pid:-0}" != 0 ] && [ "$pid" != "$1" ] && [ "$(played)" -gt "$2" ]' "$@"
}
control_answers() {
	until_true 'ask /ping i 1 2>/dev/null | grep -q pong'
}
# What must go on while nobody reads: $1 says where
trouble() {
	send /gate/adsr i 1
	n=0
	while [ $n -lt 2 ]; do
		fault kill primary
		check "$1: a death is mended ($n)" until_pair
		until_status spare_ready = true >"$work/spare"
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
