# understudy: make help
.SUFFIXES:
.DELETE_ON_ERROR:
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
ARCH     ?= native
BUILD    ?= build
OPT      ?= -O2
SANITIZE ?=

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wno-psabi -Werror
# Same bits from every compiler: no contraction, no fast-math, ever.
FLOAT    := -ffp-contract=off -fno-math-errno
CFLAGS   := -std=c11 -D_GNU_SOURCE $(OPT) -g -march=$(ARCH) $(FLOAT) $(WARN) $(SANITIZE) -Iinclude -Isrc -MMD -MP
LDFLAGS  := $(SANITIZE)

src_of    = $(wildcard src/$(1)/*.c)
obj_of    = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
ENGINE   := $(call obj_of,$(call src_of,engine))
IPC      := $(call obj_of,$(call src_of,ipc))
LANG_    := $(call obj_of,$(call src_of,lang))
COMMAND  := $(call obj_of,$(call src_of,command))
CLI      := $(call obj_of,$(call src_of,cli))
CONTROL  := $(call obj_of,$(call src_of,control))
WORKER   := $(call obj_of,$(call src_of,worker))
RECORDER := $(call obj_of,$(call src_of,recorder))
SUPER    := $(call obj_of,$(wildcard supervisor/*.c))
MODULES  := $(patsubst modules/%.c,$(BUILD)/modules/%.so,$(wildcard modules/*.c))
PROGRAMS := $(addprefix $(BUILD)/,understudy understudy-supervisor understudy-worker understudy-control understudy-recorder)

pkg       = $(shell pkg-config --libs $(1))

.PHONY: all
all: $(PROGRAMS) $(MODULES)

$(BUILD)/understudy: $(CLI) $(COMMAND) $(LANG_) $(ENGINE) $(IPC)
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(call pkg,liblo sndfile jansson) -lm -ldl
$(BUILD)/understudy-supervisor: $(SUPER) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,portaudio-2.0) -lpthread
$(BUILD)/understudy-worker: $(WORKER) $(ENGINE) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libseccomp) -lm -ldl
$(BUILD)/understudy-control: $(CONTROL) $(COMMAND) $(LANG_) $(ENGINE) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,liblo jansson) -lm -ldl
$(BUILD)/understudy-recorder: $(RECORDER) $(IPC)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,sndfile)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
$(BUILD)/modules/%.so: modules/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out $(OPT),$(CFLAGS)) -O3 -fPIC -fvisibility=hidden -shared $(LDFLAGS) -MF $(@:.so=.d) -o $@ $< -lm

# A unit test is one file; it may use every library, the control program's parts and the supervisor's pure ones.
TESTS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TESTABLE := $(ENGINE) $(IPC) $(LANG_) $(COMMAND) $(filter-out %/main.o,$(CONTROL)) $(call obj_of,$(wildcard supervisor/*_table.c))
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(TESTABLE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,cmocka liblo jansson sndfile) -lm -ldl -lpthread
.PHONY: unit
unit: $(TESTS) $(MODULES)
	@for t in $(TESTS); do UNDERSTUDY_MODULES=$(BUILD)/modules $$t || exit 1; done

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
