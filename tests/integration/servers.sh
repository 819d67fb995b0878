# tests/integration/servers.sh — sourced after lib.sh: audio servers of a test's own, with the period and rate that it
# wants, real ones, without a sound card. lacks_SERVER succeeds where it cannot be had.
server_pids=
# Says what is missing, if something is.
lacks_jackd() { command -v jackd >/dev/null && command -v jack_lsp >/dev/null && return 1; echo "jackd is not installed"; }
lacks_pipewire() {
	command -v pipewire >/dev/null && command -v pw-jack >/dev/null && command -v jack_lsp >/dev/null && return 1
	echo "pipewire, pipewire-jack or jackd's tools are not installed"
}
ear=$root/${BUILD:-build}/tests/jack_ear
case ${BUILD:-build} in /*) ear=$BUILD/tests/jack_ear ;; esac
pipewire_libraries=$(pw-jack sh -c 'echo "$LD_LIBRARY_PATH"' 2>/dev/null)

# jackd's dummy driver. $1: period, $2: rate
start_jackd() {
	export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER="$session"
	unset LD_LIBRARY_PATH
	jackd $realtime -n "$session" -d dummy -r "$2" -p "$1" >"$work/jackd.out" 2>&1 &
	server_pids=$!
	other_pids="$other_pids $server_pids"
	until_server || { cat "$work/jackd.out" && return 1; }
}
# Where real-time priority may be had, the server shall have it, as the synth has.
realtime=-r
[ "$(ulimit -r 2>/dev/null)" = unlimited ] || [ "$(id -u)" = 0 ] && realtime=-R

# PipeWire with its JACK, a null sink and the usual session manager, which all see nothing of the user's own.
# $1: period, $2: rate
start_pipewire() {
	mkdir -p "$work/pw" "$work/pw-config" "$work/pw-state"
	export PIPEWIRE_RUNTIME_DIR="$work/pw" LD_LIBRARY_PATH="$pipewire_libraries"
	cat >"$work/pipewire.conf" <<-END
		context.properties = {
		  core.daemon = true
		  core.name = pipewire-0
		  log.level = 1
		  default.clock.rate = $2
		  default.clock.allowed-rates = [ $2 ]
		  default.clock.quantum = $1
		  default.clock.min-quantum = 16
		  default.clock.max-quantum = 8192
		  default.clock.quantum-limit = 8192
		  clock.power-of-two-quantum = false
		}
		context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert  support.* = support/libspa-support }
		context.modules = [
		  { name = libpipewire-module-rt  args = { nice.level = -11 rt.prio = 88 }  flags = [ ifexists nofail ] }
		  { name = libpipewire-module-protocol-native }
		  { name = libpipewire-module-metadata }
		  { name = libpipewire-module-spa-node-factory }
		  { name = libpipewire-module-client-node }
		  { name = libpipewire-module-client-device }
		  { name = libpipewire-module-access }
		  { name = libpipewire-module-adapter }
		  { name = libpipewire-module-link-factory }
		  { name = libpipewire-module-session-manager }
		]
		context.objects = [
		  { factory = metadata  args = { metadata.name = default } }
		  { factory = adapter  args = {
		    factory.name = support.null-audio-sink  node.name = sink1  node.description = sink1
		    media.class = Audio/Sink  audio.position = [ FL FR ]  audio.rate = $2  priority.driver = 30000
		    object.linger = true
		    adapter.auto-port-config = { mode = dsp  monitor = false  position = preserve } } }
		]
	END
	pipewire -c "$work/pipewire.conf" >"$work/pipewire.out" 2>&1 &
	server_pids=$!
	if command -v wireplumber >/dev/null && command -v dbus-daemon >/dev/null; then
		dbus-daemon --session --nofork --nopidfile --address="unix:path=$work/pw/bus" >"$work/dbus.out" 2>&1 &
		server_pids="$! $server_pids"
		until_true '[ -S "$work/pw/bus" ]'
		XDG_CONFIG_HOME="$work/pw-config" XDG_STATE_HOME="$work/pw-state" DBUS_SESSION_BUS_ADDRESS="unix:path=$work/pw/bus" \
			wireplumber >"$work/wireplumber.out" 2>&1 &
		server_pids="$! $server_pids"
	fi
	other_pids="$other_pids $server_pids"
	until_server || { cat "$work/pipewire.out" && return 1; }
}

# Until ports to play to are there.
until_server() {
	until_true 'jack_lsp 2>/dev/null | grep -q ":playback_"' || { echo "no server answers" && return 1; }
}
end_server() {
	for pid in $server_pids; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
	server_pids=
	rm -rf "$work/pw"
}
