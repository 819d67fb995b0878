# midi_hands.sh — sourced by the tests of understudy midi, after lib.sh: a JACK server of our own with the dummy driver,
# keyboards that can be plugged and unplugged (midi_hand.c), and the client itself.
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER="$session"
export XDG_CONFIG_HOME="$work/config"
mkdir -p "$XDG_CONFIG_HOME/understudy"
map=$XDG_CONFIG_HOME/understudy/midi.txt
command -v jackd >/dev/null || { skip "there is no jackd" && exit 0; }
${CC:-cc} -O1 -o "$work/midi_hand" "$root/tests/integration/midi_hand.c" -ljack -lm || { fail "midi_hand compiles" && finish; }

# With real-time priority where that is permitted, and periods that are long enough for a machine that does other things,
# too. Who is late in the asynchronous server loses what it has written, and is heard twice with what it wrote before; the
# synchronous one (-S) waits for it, but for ever for one that is killed.
rt=-r period=512
chrt -f 10 true 2>/dev/null && rt=-R
start_jack() { # [-S]
	jackd $rt "$@" -n "$session" -d dummy -r 48000 -p $period >>"$work/jackd.out" 2>&1 &
	jack_pid=$!
	other_pids="$other_pids $jack_pid"
	wait_for jack_lsp || { fail "jackd starts" "$(cat "$work/jackd.out")" && finish; }
}
start_midi() { # OPTIONS…
	"$UNDERSTUDY" midi --session "$session" "$@" >>"$work/midi.out" 2>&1 </dev/null &
	midi_pid=$!
	other_pids="$other_pids $midi_pid"
	wait_for grep -q "plays the session" "$work/midi.out" || { fail "understudy midi starts" "$(cat "$work/midi.out")" && finish; }
}
hears_midi() { # how often it has begun to listen to hand $1
	grep -c "listens to $1:keys" "$work/midi.out"
}
# plug NAME: a keyboard, told what to do by `keys`. What it hears goes to $work/NAME.heard.
plug() {
	local before
	before=$(hears_midi "$1")
	rm -f "$work/$1.fifo"
	mkfifo "$work/$1.fifo"
	"$work/midi_hand" "$1" <"$work/$1.fifo" >>"$work/$1.heard" 2>>"$work/$1.err" &
	hand_pid=$!
	exec 3>"$work/$1.fifo"
	wait_for sh -c "[ \$(grep -c 'listens to $1:keys' '$work/midi.out') -gt $before ]"
}
keys() { printf '%s\n' "$@" >&3; }
unplug() {
	exec 3>&-
	wait $hand_pid
}
value_of() { ask "$1" | awk '{ print $2; exit }'; }
is_at() { # ADDRESS VALUE, within 1 %
	got=$(value_of "$1")
	awk -v g="${got:-none}" -v w="$2" 'BEGIN { d = g - w; exit !(g != "none" && d * d <= 1e-4 * w * w) }' || { echo "$1 is ${got:-unknown}, not $2" && return 1; }
}
becomes() { # ADDRESS VALUE: within five seconds
	wait_for is_at "$@" || is_at "$@"
}
