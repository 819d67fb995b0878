# understudy: make help
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
ifeq ($(origin CC),default)
CC       := gcc
endif
ARCH     ?= native
BUILD    ?= build
OPT      ?= -O2
SANITIZE ?=
PREFIX   ?= /usr/local
JOBS     ?= $(shell nproc 2>/dev/null || echo 1)

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wno-psabi -Wno-missing-field-initializers -Werror
# Same bits from every compiler: no contraction, no fast-math, ever.
FLOAT    := -ffp-contract=off -fno-math-errno
CFLAGS   := -std=c11 -D_GNU_SOURCE $(OPT) -g -march=$(ARCH) $(FLOAT) $(WARN) $(SANITIZE) -Iinclude -Isrc -MMD -MP
LDFLAGS  := $(SANITIZE) -Wl,--as-needed

obj_of    = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c))
CODE     := $(call obj_of,src/code)
DESCRIBED := $(BUILD)/obj/src/code/described.o # of it, what runs no module
ENGINE   := $(call obj_of,src/engine) $(call obj_of,src/master)
IPC      := $(call obj_of,src/ipc)
LANGUAGE := $(call obj_of,src/lang) $(call obj_of,src/pattern)
# What answers for a pattern: linked into the module that plays it, with a module's flags.
LIMITER  := $(patsubst %,$(BUILD)/obj/modules/src/master/%.pic.o,limiter limiter_rt true_peak true_peak_rt)
ANSWERS  := $(patsubst %.c,$(BUILD)/obj/modules/%.pic.o,$(filter-out %/sound_rt.c,$(wildcard src/pattern/*_rt.c)))
WAV      := $(call obj_of,src/wav)
SHELF    := $(call obj_of,src/shelf)
REPLAY   := $(call obj_of,src/replay)
REPLICA  := $(call obj_of,src/replica)
WORDS    := $(call obj_of,src/words)
COMMAND  := $(call obj_of,src/command)
CLIENT   := $(call obj_of,src/client)
MIDI     := $(call obj_of,src/midi)
CLI      := $(call obj_of,src/cli)
CONTROL  := $(call obj_of,src/control)
WORKER   := $(call obj_of,src/worker)
RECORDER := $(call obj_of,src/recorder)
SUPER    := $(call obj_of,supervisor)
MODULES  := $(patsubst modules/%.c,$(BUILD)/modules/%.so,$(wildcard modules/*.c))
PROGRAMS := $(addprefix $(BUILD)/,understudy understudy-supervisor understudy-worker understudy-control understudy-recorder understudy-midi)

pkg       = $(shell pkg-config --libs $(1))

.PHONY: conformance oracle help all link setup unit check test play bench bench-speed bench-peers devices faults chaos proof torture flips recovery soak sound patches sim killsweep model mutants fuzz fuzz-live asan ubsan tsan clang format docs install uninstall clean
all: $(PROGRAMS) $(MODULES) $(BUILD)/words.txt

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p; s/^## \(.*\)/\n\1/p' Makefile | awk -F'|' 'NF > 1 {printf "%-18s%s\n", $$1, $$2; next} {print}'
	@printf '\nVariables: CC, BUILD (%s), ARCH (%s), OPT (%s), PREFIX (%s)\n' $(BUILD) $(ARCH) $(OPT) $(PREFIX)

## Use it
play: ## build, play a patch while its worker is killed, prove that nothing was lost
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) scripts/play
install: all ## into PREFIX: bin/understudy, lib/understudy, share/understudy
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/understudy/modules" "$(DESTDIR)$(PREFIX)/share/understudy/patches"
	install $(BUILD)/understudy "$(DESTDIR)$(PREFIX)/bin/"
	install $(filter-out %/understudy,$(PROGRAMS)) "$(DESTDIR)$(PREFIX)/lib/understudy/"
	install $(MODULES) "$(DESTDIR)$(PREFIX)/lib/understudy/modules/"
	install -m 644 words/words.txt "$(DESTDIR)$(PREFIX)/lib/understudy/"
	install -m 644 patches/*.us "$(DESTDIR)$(PREFIX)/share/understudy/patches/"
	install -d "$(DESTDIR)$(PREFIX)/share/understudy/patches/parts"
	install -m 644 patches/parts/*.us "$(DESTDIR)$(PREFIX)/share/understudy/patches/parts/"
	install -d "$(DESTDIR)$(PREFIX)/share/understudy/patches/samples"
	install -m 644 patches/samples/* "$(DESTDIR)$(PREFIX)/share/understudy/patches/samples/"
	install -d "$(DESTDIR)$(PREFIX)/lib/systemd/user" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions"
	sed 's|@PREFIX@|$(PREFIX)|' scripts/understudy.service > "$(DESTDIR)$(PREFIX)/lib/systemd/user/understudy.service"
	install -d "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	$(BUILD)/understudy complete bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/understudy"
	(echo '#compdef understudy'; $(BUILD)/understudy complete zsh | sed '$$d'; echo '_understudy "$$@"') > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_understudy"
	$(BUILD)/understudy complete fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/understudy.fish"
uninstall: ## take all that away again
	rm -rf "$(DESTDIR)$(PREFIX)/bin/understudy" "$(DESTDIR)$(PREFIX)/lib/understudy" "$(DESTDIR)$(PREFIX)/share/understudy" \
	"$(DESTDIR)$(PREFIX)/lib/systemd/user/understudy.service" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/understudy" \
	"$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_understudy" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/understudy.fish"

## Build it
setup: ## install what is missing (apt-get)
	@scripts/setup test
all: ## programs and modules into BUILD
link: ## understudy-link, for Ableton Link sessions: another licence (GPL), see link/COPYING.md
	@scripts/setup link
	@$(MAKE) -s $(BUILD)/understudy-link
clang: ## the same with clang, into BUILD-clang
	$(MAKE) CC=clang BUILD=$(BUILD)-clang all
asan: ## unit tests with address and undefined-behaviour sanitizers
	$(MAKE) BUILD=$(BUILD)-asan OPT='-O1 -Wno-format-truncation' SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' unit
ubsan: ## unit tests with the undefined-behaviour sanitizer alone
	$(MAKE) BUILD=$(BUILD)-ubsan OPT='-O1 -Wno-format-truncation' SANITIZE='-fsanitize=undefined -fno-sanitize-recover=undefined' unit
# It does not know fences; what lies between ours is atomic, or has a sum.
tsan: ## unit tests with the thread sanitizer
	$(MAKE) BUILD=$(BUILD)-tsan OPT='-O1 -Wno-format-truncation -Wno-tsan' SANITIZE='-fsanitize=thread' unit
format: ## clang-format over all sources
	clang-format -i $$(git ls-files '*.c' '*.h')
docs: $(BUILD)/understudy $(MODULES) ## docs/modules.md from the modules' own descriptions
	BUILD=$(BUILD) scripts/generate-docs > docs/modules.md
clean: ## remove BUILD and its variants
	rm -rf $(BUILD) $(BUILD)-fuzz $(BUILD)-asan $(BUILD)-ubsan $(BUILD)-tsan $(BUILD)-clang $(BUILD)-sse2 $(BUILD)-avx2

## Prove it
test: ## install what is missing, build, run all tests; ends with "N passed, N failed"
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all testprograms
	@BUILD=$(BUILD) tests/run walls docs unit sim mutants fuzz sound model integration faults
check: all testprograms ## formatting, walls, generated docs and unit tests: seconds
	@BUILD=$(BUILD) tests/run format walls docs unit
unit: all testprograms ## unit tests alone
	@BUILD=$(BUILD) tests/run unit
sim: ## SEEDS (10000) of the simulation from FIRST (1) on: all processes in one, anything may happen at any step
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) -C tests/sim BUILD=$(abspath $(BUILD))/sim CC='$(CC)' ARCH='$(ARCH)'
	@$(BUILD)/sim/sim $(or $(SEEDS),10000) $(or $(FIRST),1)
killsweep: ## a death, a fault, a wild write at every single store of the protocol, in 200 blocks
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) -C tests/sim BUILD=$(abspath $(BUILD))/sim CC='$(CC)' ARCH='$(ARCH)'
	@$(BUILD)/sim/killsweep
conformance: ## a table of cases and CHAINS (10000) random patterns (and the lines of STRINGS) against the reference implementation of the notation, installed by npm
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) CHAINS=$(or $(CHAINS),10000) tests/conformance/run
oracle: ## PATTERNS (100000) random patterns with random changes, from SEED (1) on, against a second, simple implementation
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) $(BUILD)/tests/test_oracle
	@PATTERNS=$(or $(PATTERNS),100000) $(BUILD)/tests/test_oracle
model: ## the failover protocol, model-checked with spin
	tests/model/run
mutants: ## plant known bugs one by one: each must be caught
	tests/mutants/run
faults: ## one row for each class of fault, injected into real processes
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) tests/faults/run
chaos: ## MINUTES (10) of random mixtures of all faults in real processes, from SEED (the time) on; each session must mend itself
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) tests/chaos/run $(or $(MINUTES),10) $(SEED)
proof: ## one minute for a visitor: one patch, every class of fault, and cmp at the end
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) scripts/proof
torture: ## KILLS (10000) deaths in real time beside an equal run without; percentiles
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all benchprograms
	@BUILD=$(BUILD) REALTIME_KILLS=$(or $(KILLS),10000) tests/bench/run realtime
devices: ## 13 periods at 4 rates on jackd, PipeWire's JACK and the null clock, defaults beside a minimal client
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all $(BUILD)/tests/jack_ear
	@BUILD=$(BUILD) tests/devices/run
flips: ## FLIPS (1000) bits in the memory of workers: how many are found, how soon, and who has to go
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all benchprograms
	@BUILD=$(BUILD) FLIPS=$(or $(FLIPS),1000) tests/bench/run flips
recovery: ## what deaths, hangs and stalls of each kind cost, each beside an equal time without
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all benchprograms
	@BUILD=$(BUILD) tests/bench/run recovery
soak: ## MINUTES (10) of make proof again and again
	@scripts/setup build
	@$(MAKE) -s -j$(JOBS) all
	@end=$$(($$(date +%s) + $(or $(MINUTES),10) * 60)); n=0; while [ $$(date +%s) -lt $$end ]; do BUILD=$(BUILD) scripts/proof || exit 1; n=$$((n + 1)); done; echo "$$n rounds"
sound: ## how the modules sound, in numbers, beside scsynth and Faust where installed
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all $(BUILD)/tests/measure
	@BUILD=$(BUILD) tests/sound/run
patches: ## render all patches, and a page that shows them: BUILD/patches/index.html
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all $(BUILD)/tests/portrait
	@BUILD=$(BUILD) tests/sound/patches
fuzz: ## libFuzzer on what a stranger can send or write and what a worker reads, FUZZ_SECONDS (120) each
	$(MAKE) CC=clang BUILD=$(BUILD)-fuzz OPT=-O1 SANITIZE='-fsanitize=address,undefined,fuzzer-no-link' fuzzers
	@for f in $(FUZZERS); do corpus=$(BUILD)-fuzz/corpus/$$f; mkdir -p $$corpus; echo "$$f"; \
	UNDERSTUDY_MODULES=$(BUILD)-fuzz/modules $(BUILD)-fuzz/$$f -max_len=8192 -max_total_time=$${FUZZ_SECONDS:-120} $$corpus \
	tests/fuzz/corpus/$$(echo $${f#fuzz_} | sed s/fmt/patch/) || exit 1; done
fuzz-live: ## PACKETS (5000000) hostile datagrams at a synth that plays
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all
	@BUILD=$(BUILD) PACKETS=$(or $(PACKETS),5000000) ANSWER_MS=1000 tests/integration/hostile_datagrams_cost_no_sound
bench: ## measure what the README promises, on this machine
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all benchprograms
	@BUILD=$(BUILD) tests/bench/speed; missed=$$?; BUILD=$(BUILD) tests/bench/run && exit $$missed
bench-speed: ## only its table of speed, beside the synthesizers that are installed
	@scripts/setup test
	@$(MAKE) -s -j$(JOBS) all benchprograms
	@BUILD=$(BUILD) tests/bench/speed
bench-peers: ## install those that it is measured beside: scsynth, Csound, Faust
	@scripts/setup peers

# --- programs ---
$(BUILD)/understudy: $(CLI) $(CLIENT) $(WORDS) $(COMMAND) $(REPLAY) $(REPLICA) $(SHELF) $(LANGUAGE) $(CODE) $(ENGINE) $(IPC) $(WAV)
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(call pkg,liblo sndfile jansson libsystemd libedit libgcrypt libseccomp zlib) -lm -ldl
$(BUILD)/understudy-supervisor: $(SUPER) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,portaudio-2.0 jack) -lpthread
$(BUILD)/understudy-worker: $(WORKER) $(REPLICA) $(CODE) $(ENGINE) $(BUILD)/obj/src/pattern/sound_rt.o $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libseccomp) -lm -ldl
$(BUILD)/understudy-control: $(CONTROL) $(REPLICA) $(COMMAND) $(SHELF) $(LANGUAGE) $(DESCRIBED) $(ENGINE) $(IPC) $(WAV)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,liblo jansson sndfile libseccomp) -lm -ldl
$(BUILD)/understudy-recorder: $(RECORDER) $(WAV) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,sndfile zlib)

$(BUILD)/understudy-midi: $(MIDI) $(REPLICA) $(CLIENT) $(LANGUAGE) $(DESCRIBED) $(ENGINE) $(IPC)
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(call pkg,rtmidi jack liblo) -lm -ldl

# Linked with nothing of ours: its licence is another one.
$(BUILD)/understudy-link: link/main.cpp link/osc.cpp link/osc.hpp
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 -Wall -Wextra -DLINK_PLATFORM_LINUX=1 -o $@ $(filter %.cpp,$^) -lpthread

$(BUILD)/words.txt: words/words.txt
	@mkdir -p $(@D)
	cp $< $@
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
# The loops over whole buffers that are part of every block.
$(addprefix $(BUILD)/obj/src/,engine/heap_rt.o engine/input_rt.o engine/render_rt.o master/true_peak_rt.o master/loudness_rt.o): CFLAGS := $(patsubst -O2,-O3,$(CFLAGS))
MODULE_CFLAGS = $(filter-out $(OPT),$(CFLAGS)) -O3 -fPIC -fvisibility=hidden
# With AVX-512 a module that may have voices is there twice, for 8 lanes and for 16: see module.h.
ifneq ($(shell $(CC) -march=$(ARCH) -dM -E -x c /dev/null 2>/dev/null | grep -c __AVX512DQ__),0)
WIDE     := $(patsubst modules/%.c,$(BUILD)/obj/modules/%.wide.o,$(shell grep -L 'US_MIXDOWN\|US_SINK\|US_NARROW' modules/*.c))
endif
$(BUILD)/obj/modules/%.wide.o: modules/%.c
	@mkdir -p $(@D)
	$(CC) $(MODULE_CFLAGS) -mprefer-vector-width=512 -DUS_FORM_LANES=16 -DUS_FORM=us_module_wide -c -o $@ $<
$(patsubst $(BUILD)/obj/modules/%.wide.o,$(BUILD)/modules/%.so,$(WIDE)): $(BUILD)/modules/%.so: $(BUILD)/obj/modules/%.wide.o
$(WIDE:.wide.o=.main.o): MODULE_CFLAGS += -DUS_HAS_WIDE
$(BUILD)/obj/modules/%.main.o: modules/%.c
	@mkdir -p $(@D)
	$(CC) $(MODULE_CFLAGS) -c -o $@ $<
$(BUILD)/modules/%.so: $(BUILD)/obj/modules/%.main.o
	@mkdir -p $(@D)
	$(CC) -shared $(LDFLAGS) -o $@ $(filter %.o,$^) -lm
$(BUILD)/modules/pattern.so: $(ANSWERS)
$(BUILD)/modules/limiter.so: $(LIMITER)
$(BUILD)/obj/modules/%.pic.o: %.c
	@mkdir -p $(@D)
	$(CC) $(MODULE_CFLAGS) -c -o $@ $<

$(BUILD)/modules/fault.so: LDFLAGS += -fno-sanitize=all # what it does wrong, it does on purpose

# --- tests: one program each, over everything that is not a main() ---
TESTED   := $(addprefix $(BUILD)/obj/src/cli/,health.o line.o) $(filter-out %/main.o,$(CODE) $(ENGINE) $(IPC) $(LANGUAGE) $(WORDS) $(WAV) $(SHELF) $(REPLAY) $(REPLICA) $(COMMAND) $(CONTROL) $(SUPER) $(WORKER) $(CLIENT) $(MIDI))
TESTS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
BENCHES  := $(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/*.c))
SOUNDS   := $(BUILD)/tests/measure $(BUILD)/tests/portrait
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
AGAIN    := $(FUZZERS:fuzz_%=$(BUILD)/tests/again_%)
testlibs  = $(call pkg,cmocka liblo jansson sndfile portaudio-2.0 jack libseccomp zlib) -lm -ldl -lpthread
.PHONY: testprograms benchprograms again
again: $(AGAIN)
benchprograms: $(BENCHES)
testprograms: $(TESTS) $(SOUNDS) benchprograms again
	$(MAKE) -C tests/sim BUILD=$(abspath $(BUILD))/sim CC='$(CC)' ARCH='$(ARCH)'
.PHONY: renderer
renderer: $(BUILD)/understudy $(MODULES)
$(BUILD)/tested.a: $(TESTED)
	@rm -f $@
	ar qcs $@ $^
$(BUILD)/tests/test_recorder: | $(BUILD)/understudy-recorder
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/tested.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(testlibs)
$(BUILD)/tests/test_oracle: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/oracle/*.c))
$(BENCHES): $(BUILD)/tests/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/tested.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(testlibs)
$(BUILD)/tests/measure: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/sound/measure_*.c))
$(SOUNDS): $(BUILD)/tests/%: $(BUILD)/obj/tests/sound/%.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,kissfft-float cmocka) -lm -ldl
.PHONY: fuzzers
fuzzers: $(addprefix $(BUILD)/,$(FUZZERS)) $(MODULES)
$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/tested.a
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(testlibs)
$(AGAIN): $(BUILD)/tests/again_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/again.o $(BUILD)/tested.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(testlibs)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
