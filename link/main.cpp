// main.cpp — understudy-link [--host 127.0.0.1] [--port 5005] [--quantum 4] [--latency MS] [--start-stop] [--verbose]:
// the synth in an Ableton Link session. Tempo goes both ways, bars begin together, and with --start-stop so do songs.
//
// Who joins takes the tempo of those who play already, and never gives them his own (Link's TEST-PLAN, TEMPO-1 and -2):
// for the first seconds nothing is said to the session, and from then on only a tempo that somebody has given to the
// synth. What we have told the synth ourselves, a little faster or slower so that the bars meet, is known and is not
// sent back. SPDX-License-Identifier: GPL-2.0-or-later
#include "osc.hpp"

#include <ableton/Link.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <getopt.h>

namespace
{

using std::chrono::microseconds;

constexpr double same_tempo = 0.005; // beats per minute
constexpr double same_place = 0.002; // seconds
constexpr double most_haste = 0.03;  // of the tempo
constexpr double far_away = 0.2;     // beats: it is put there instead of led
constexpr int every_ms = 50;
constexpr microseconds joining{3000000};
constexpr microseconds settling{500000}; // until what we have said is what the synth answers

volatile std::sig_atomic_t over = 0;

struct Options {
	const char *host = "127.0.0.1";
	int port = 5005;
	double quantum = 4, latency_ms = 10;
	bool start_stop = false, verbose = false;
};

struct Synth {
	bool known = false, plays = false;
	double beat = 0, bpm = 0;
	microseconds at{0};
};

class Bridge
{
      public:
	explicit Bridge(const Options &o) : options(o), osc(o.host, o.port) {}

	int run()
	{
		while (!over && !ask())
			if (osc_silent++ == 40)
				std::fprintf(stderr, "understudy-link: no synth answers on port %d; waiting for it\n",
				             options.port);
		if (over)
			return 0;
		ableton::Link session(synth.bpm);
		session.enableStartStopSync(options.start_stop);
		session.enable(true);
		began = changed = session.clock().micros();
		told_bpm = synth.bpm;
		told_playing = synth.plays;
		std::printf("understudy-link: joins with quantum %g; the synth is at %.2f bpm\n", options.quantum,
		            synth.bpm);
		while (!over) {
			if (ask())
				follow(session);
			report(session);
		}
		session.enable(false);
		return 0;
	}

      private:
	Options options;
	Osc osc;
	Synth synth;
	int osc_silent = 0;
	double told_bpm = 0; // by us to the synth
	bool told_playing = false;
	microseconds began{0}, changed{0};
	std::size_t peers = 0;
	double reported = 0;

	// Where the synth is. Half of the way there and back, and its latency, lie between its answer and what is
	// heard.
	bool ask()
	{
		const auto asked = ableton::Link::Clock{}.micros();
		osc.send("/transport");
		for (auto left = every_ms; left > 0;) {
			const auto answer = osc.receive(left);
			const auto now = ableton::Link::Clock{}.micros();
			left = every_ms - static_cast<int>((now - asked).count() / 1000);
			if (!answer || answer->address != "/transport" || answer->numbers.size() < 3)
				continue;
			synth = {true, answer->numbers[0] != 0, answer->numbers[1], answer->numbers[2], now};
			wait(left);
			return true;
		}
		return false;
	}

	static void wait(int ms)
	{
		const timespec t{0, (ms > 0 ? ms : 0) * 1000000L};
		nanosleep(&t, nullptr);
	}

	void tell_tempo(double bpm, microseconds now)
	{
		if (std::fabs(bpm - told_bpm) < same_tempo)
			return;
		osc.send("/tempo", {bpm});
		told_bpm = bpm;
		changed = now;
	}

	// How far the synth's place in the bar is behind the session's, in beats.
	double behind(const ableton::Link::SessionState &state) const
	{
		const auto heard = synth.at + microseconds(static_cast<long>(options.latency_ms * 1000));
		const double phase = state.phaseAtTime(heard, options.quantum);
		double off = std::fmod(phase - synth.beat, options.quantum);
		if (off > options.quantum / 2)
			off -= options.quantum;
		return off < -options.quantum / 2 ? off + options.quantum : off;
	}

	double haste(const ableton::Link::SessionState &state, microseconds now)
	{
		if (!synth.plays || now - changed < settling)
			return told_bpm / state.tempo() - 1; // as it was said
		const double off = behind(state);
		if (std::fabs(off) > far_away) {
			osc.send("/transport/locate", {std::fmax(0, synth.beat + off)});
			changed = now;
			return 0;
		}
		const double seconds = off * 60 / state.tempo();
		return std::fabs(seconds) < same_place ? 0 : std::fmax(-most_haste, std::fmin(most_haste, seconds));
	}

	void follow(ableton::Link &session)
	{
		const auto now = session.clock().micros();
		auto state = session.captureAppSessionState();
		const bool settled = now - changed > settling, joined = now - began > joining;
		bool commit = false;
		if (joined && settled && std::fabs(synth.bpm - told_bpm) > same_tempo * 4) { // somebody has said so
			state.setTempo(synth.bpm, now);
			told_bpm = synth.bpm;
			commit = true;
		} else if (session.numPeers() > 0) {
			tell_tempo(state.tempo() * (1 + haste(state, now)), now);
		}
		if (options.start_stop)
			commit |= follow_playing(state, now, joined && settled);
		if (commit)
			session.commitAppSessionState(state);
	}

	bool follow_playing(ableton::Link::SessionState &state, microseconds now, bool may_say)
	{
		if (may_say && synth.plays != told_playing) {
			told_playing = synth.plays;
			state.setIsPlaying(synth.plays, now);
			return true;
		}
		if (state.isPlaying() != told_playing && now - began > joining) {
			told_playing = state.isPlaying();
			osc.send(told_playing ? "/transport/play" : "/transport/stop");
			changed = now;
		}
		return false;
	}

	void report(ableton::Link &session)
	{
		const auto state = session.captureAppSessionState();
		if (session.numPeers() != peers || std::fabs(state.tempo() - reported) > same_tempo) {
			peers = session.numPeers();
			reported = state.tempo();
			std::printf("understudy-link: %zu peers, %.2f bpm\n", peers, reported);
		}
		if (options.verbose)
			std::printf("off %.2f ms, synth %.3f\n", behind(state) * 60000 / state.tempo(), synth.bpm);
		std::fflush(stdout);
	}
};

bool read_options(int argc, char **argv, Options &o)
{
	static const option table[] = {{"host", required_argument, nullptr, 'h'},
	                               {"port", required_argument, nullptr, 'p'},
	                               {"quantum", required_argument, nullptr, 'q'},
	                               {"latency", required_argument, nullptr, 'l'},
	                               {"start-stop", no_argument, nullptr, 's'},
	                               {"verbose", no_argument, nullptr, 'v'},
	                               {nullptr, 0, nullptr, 0}};
	for (int key; (key = getopt_long(argc, argv, "", table, nullptr)) != -1;) {
		if (key == 'h')
			o.host = optarg;
		else if (key == 'p')
			o.port = std::atoi(optarg);
		else if (key == 'q')
			o.quantum = std::atof(optarg);
		else if (key == 'l')
			o.latency_ms = std::atof(optarg);
		else if (key == 's')
			o.start_stop = true;
		else if (key == 'v')
			o.verbose = true;
		else
			return false;
	}
	return optind == argc && o.port > 0 && o.port < 65536 && o.quantum >= 1;
}

void end(int)
{
	over = 1;
}

} // namespace

int main(int argc, char **argv)
{
	Options options;
	if (!read_options(argc, argv, options)) {
		std::fprintf(stderr, "usage: understudy-link [--host 127.0.0.1] [--port 5005] [--quantum 4] [--latency "
		                     "MS] [--start-stop] [--verbose]\n");
		return 2;
	}
	std::signal(SIGINT, end);
	std::signal(SIGTERM, end);
	try {
		return Bridge(options).run();
	} catch (const std::exception &e) {
		std::fprintf(stderr, "understudy-link: %s\n", e.what());
		return 1;
	}
}
