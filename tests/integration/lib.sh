# tests/integration/lib.sh — sourced by every test here. A test is a script named after its promise; each `check` in it
# prints PASS or FAIL. It has its own session, UDP port and directory, ends only what it started, and leaves nothing:
# any number of copies may run at once.
set -u
. "$(dirname "$0")/../../scripts/lib.sh"
test_name=$(basename "$0")
work=$(mktemp -d "${TMPDIR:-/tmp}/understudy-test-XXXXXX") || exit 1
session=t-$$-$(date +%N)
family=$session # all its sessions begin with this name
run_pid='' other_pids=''
failed=0

cleanup() {
	end_run
	for pid in $other_pids; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

pass() { echo "PASS  $test_name: $1"; }
fail() {
	failed=1
	echo "FAIL  $test_name: $1"
	shift
	[ $# -gt 0 ] && printf '%s\n' "$@" | sed 's/^/        /' | head -n 30
	return 1
}
skip() { echo "skip  $test_name: $1"; }
# check TEXT COMMAND…: PASS when the command succeeds; its output is shown when it does not. What fails on the way to
# success (a session that does not end) fails by its own name.
check() {
	text=$1
	shift
	if "$@" >"$work/check.out" 2>&1; then
		pass "$text"
		grep '^FAIL' "$work/check.out" || true
	else
		fail "$text" "$(cat "$work/check.out")"
	fi
}
finish() { exit $failed; }
# until_true CONDITION [ARGUMENT…]: waits until the shell finds it true; $1, $2, … in it are the arguments. False after two
# minutes: that is no promise of the synth's, but the patience of a test on a busy machine.
patience=120
until_true() {
	local condition=$1 begun=$(date +%s)
	shift
	until eval "$condition"; do
		[ $(($(date +%s) - begun)) -lt $patience ] || return 1
		sleep 0.05
	done
}

free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Proto=>"udp",LocalAddr=>"127.0.0.1")->sockport'; }
port=$(free_port)

# start OPTIONS…: understudy run in the background, until it plays. Its lines are in $work/run.out.
start() {
	"$UNDERSTUDY" run --session "$session" --port "$port" "$@" >"$work/run.out" 2>&1 </dev/null &
	run_pid=$!
	until_true '[ "$(played)" -gt 0 ] || ! kill -0 $run_pid 2>/dev/null' && kill -0 $run_pid 2>/dev/null && return
	fail "the synth starts: run $*" "$(cat "$work/run.out")"
	exit 1
}
played() {
	blocks=$(status_value "$session" blocks_played 2>/dev/null)
	echo "${blocks:-0}"
}
# Waits for the end of run.
wait_for_end() {
	until_true '! kill -0 "$run_pid" 2>/dev/null' || return 1
	wait "$run_pid"
	run_status=$?
	run_pid=
}
stop() {
	"$UNDERSTUDY" stop --session "$session" >/dev/null 2>&1
	wait_for_end && return
	fail "understudy stop ends it" "$(cat "$work/run.out")"
	end_run
}
end_run() { # the hard way, for cleaning up: everybody who carries this test's name
	for pid in $run_pid $(pgrep -f "understudy[-a-z]* .*$family"); do
		[ "$pid" != $$ ] && kill -9 "$pid" 2>/dev/null
	done
	run_pid=
	rm -rf /dev/shm/understudy."$family"* /dev/shm/jack*_"$family"* "${XDG_RUNTIME_DIR:-/nonexistent}/understudy/$family"* "/dev/shm/understudy-$(id -u)/$family"*
}
wait_for() { until_true '"$@" >/dev/null 2>&1' "$@"; } # COMMAND…: until it succeeds
# status KEY, of this test's session
now() { status_value "$session" "$1"; }
# until_status KEY OPERATOR NUMBER: waits until the value is so.
until_status() {
	until_true 'got=$(now "$1") && [ -n "$got" ] && [ "$got" "$2" "$3" ]' "$@" || { echo "$1 is '$got', wanted $2 $3" && return 1; }
}
# In the whole session; else what was said of it. One that got no processor for a while is the machine's: it is relieved,
# and replaced where that lasts.
no_worker_died() {
	[ "$(now crash_count)" -le "$(grep -c 'does not run; slot' "$work/run.out")" ] ||
		{ grep -iE 'worker|primary|standby|slot' "$work/run.out" && return 1; }
}
pair_is_whole() { [ "$(status_of "$session" | awk '$1 ~ /^workers\..*\.role$/ && $2 ~ /primary|standby/' | wc -l)" = 2 ]; }
until_pair() {
	until_true pair_is_whole || { echo "the pair is not whole" && return 1; }
}

# Two users who are not root: as_victim COMMAND… runs the synth, as_attacker COMMAND… would like to. Without root, or
# where others may not execute the program, the test is skipped.
two_users() {
	victim=$((20000 + $$ % 10000)) attacker=$((30000 + $$ % 10000))
	[ "$(id -u)" = 0 ] || { skip "only root can be two users" && exit 0; }
	command -v setpriv >/dev/null || { skip "there is no setpriv" && exit 0; }
	chmod 755 "$work"
	as_attacker "$UNDERSTUDY" modules saw >/dev/null 2>&1 || { skip "another user may not execute $UNDERSTUDY" && exit 0; }
}
as_victim() { (cd / && exec setpriv --reuid "$victim" --regid "$victim" --clear-groups "$@"); }
as_attacker() { (cd / && exec setpriv --reuid "$attacker" --regid "$attacker" --clear-groups "$@"); }

send() { oscsend 127.0.0.1 "$port" "$@"; }
# Sends a message and prints the answers: one line each, address and arguments. See tests/integration/ask.
ask() { perl "$root/tests/integration/ask" "$port" "$@"; }
fault() { "$UNDERSTUDY" fault "$@" --session "$session" >"$work/fault.out" 2>&1 || { cat "$work/fault.out" && return 1; }; }
# Something to hear: notes and sweeps for about $1 seconds, five a second.
play_something() {
	n=0
	while [ $n -lt $(($1 * 5)) ]; do
		send /gate/adsr i $(((n + 1) % 2))
		send /mod/sine/freq f $((220 + n * 37 % 700))
		send /mod/filter/cutoff f $((300 + n * 211 % 5000))
		n=$((n + 1))
		sleep 0.2
	done
}
# The proof: what was played is what the log renders. $1: log, $2: recording, more: options of replay
replay_equals() {
	log=$1 wav=$2
	shift 2
	"$UNDERSTUDY" replay "$log" -o "$work/replayed.wav" "$@" && cmp "$wav" "$work/replayed.wav"
}
# A recording that is silent proves nothing. $1: file
is_not_silent() {
	loud=$(od -An -v -tx4 -j128 "$1" | tr -s ' ' '\n' | grep -v -e '^$' -e '^[08]0000000$' | head -n 20000 | wc -l)
	[ "$loud" -ge 20000 ] || { echo "only $loud samples of $1 are not zero" && return 1; }
}
# Real time: trouble may cost no more underruns than the same time without trouble. When the machine itself stands still
# for a while, the callback comes late, which no worker can cause (it waits for nobody, above all of them): so many
# underruns are the machine's. The pair is tried up to three times. $1: text, $2: function that plays without faults,
# $3: with; both leave underruns and late_callbacks in the variables underruns and late.
no_more_underruns() {
	local attempt=0 seen= calm
	while [ $attempt -lt 3 ]; do
		rm -rf "$work"/*.log "$work"/*.wav # of the try before
		underruns=none late=none
		$2
		calm=$underruns
		underruns=none late=none
		$3
		seen="$seen $underruns with ($late callbacks late), $calm without;"
		if [ "$underruns" != none ] && [ "$underruns" -le $((calm + late)) ]; then
			pass "$1 (underruns:$seen)"
			return
		fi
		attempt=$((attempt + 1))
	done
	fail "$1 (underruns:$seen)"
}
