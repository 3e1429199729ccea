# SPDX-License-Identifier: GPL-3.0-or-later
# growcast: forecasts the growth of open-weight AI models. `make help` lists the targets.

VERSION  := 0.1.0
DATE     := 2026-11-24
BUILD    ?= build
PREFIX   ?= /usr/local
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
WERROR   ?=
SANITIZE ?=
PACKAGES := ompi-c gsl netcdf hdf5 inih jansson nettle yajl libcurl zlib

PKG_CFLAGS := $(subst -I/,-isystem /,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Wformat=2
OPTIMISE ?= -O2 -g
# For the loops that take most of the time: they become vector code only at -O3.
HOT      ?= -O3
CPPFLAGS += $(addprefix -I,$(wildcard include/*)) -D_POSIX_C_SOURCE=200809L -DGROWCAST_VERSION='"$(VERSION)"' -DGROWCAST_DATE='"$(DATE)"'
CFLAGS   += -std=c11 $(OPTIMISE) -ffp-contract=off $(WARNINGS) $(if $(WERROR),-Werror)
LDLIBS   += $(PKG_LIBS) -lcsv -lm
ifneq ($(SANITIZE),)
CFLAGS   += -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
LDFLAGS  += -fsanitize=$(SANITIZE)
endif

# Vector code is compiled once for every instruction set of the architecture.
KERNELS         := baseline $(if $(findstring x86_64,$(shell $(CC) -dumpmachine)),avx2 avx512)
KERNEL_baseline := $(HOT)
KERNEL_avx2     := $(HOT) -mavx2 -mfma
KERNEL_avx512   := $(HOT) -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mprefer-vector-width=512

SOURCES  := $(filter-out %/main.c %_kernel.c,$(wildcard src/*/*.c))
OBJECTS  := $(patsubst %.c,$(BUILD)/obj/%.o,$(notdir $(SOURCES))) $(foreach subject,batch curve,$(KERNELS:%=$(BUILD)/obj/$(subject)_kernel_%.o))
LIBRARY  := $(BUILD)/libgrowcast.a
PROGRAM  := $(BUILD)/growcast
MANUAL   := $(BUILD)/growcast.1
TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c tests/mpi_*.c tests/toy_*.c))
TIDY     := $(patsubst %.c,$(BUILD)/tidy/%,$(notdir $(wildcard src/*/*.c)))
C_FILES  := $(wildcard src/*/*.[ch] include/*/*.h tests/*.[ch] tests/*/*.[ch])

# Where code is unloaded before the leak check, the report cannot name it.
SHIM     := $(if $(SANITIZE),$(BUILD)/obj/sanitizer_dlclose.o)

# Open MPI refuses to start as root unless told to; on one or two cores it must oversubscribe.
MPIRUN   := $(if $(filter 0,$(shell id -u)),OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 )mpirun --oversubscribe
# Debian's Python has the libraries of analysis/; another one may stand first on PATH without them.
PYTHON   := $(or $(wildcard /usr/bin/python3),python3)
FIGURES   = $(if $(BT),--backtest $(BT)) $(if $(SWEEP),--sweep $(SWEEP)) $(if $(PAPER),--paper $(PAPER)) \
    $(if $(AUTHORS),--authors $(AUTHORS)) $(if $(DOWNLOADS),--downloads $(DOWNLOADS)) \
    $(if $(MODELS),--models $(MODELS)) $(if $(OUT),--output $(OUT)) $(if $(WIDTH),--width $(WIDTH)) \
    $(if $(FORMAT),--format $(FORMAT))
PICTURES := figure07_by_date figure10_forecasts collapse
BENCHES  := engine share farm hierarchy sums
FUZZERS  := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

.DELETE_ON_ERROR:
.PHONY: all tests run sample figures report pictures test bench bench-deps kill-test check-asan check-forecast calibration coverage fuzz lint format deps install help clean FORCE

all: $(PROGRAM) $(MANUAL) ## Build the program and its manual page (default)

tests: $(TESTS) ## Build the test programs

deps: ## Install what is needed to build, run and test
	@jobs/packaging/deps.sh

run: ## Install what is missing, build, fit a simulated sample on two processes, draw and report it
	@jobs/packaging/deps.sh
	@$(MAKE) --no-print-directory sample
	@$(MAKE) --no-print-directory report RUN=$(BUILD)/sample/run.nc

sample: $(PROGRAM) ## Fit the simulated sample
	@mkdir -p $(BUILD)/sample
	$(PROGRAM) simulate -c config/sample.ini -o $(BUILD)/sample/series.csv --force
	$(MPIRUN) -n 2 $(PROGRAM) fit $(BUILD)/sample/series.csv -c config/sample.ini -o $(BUILD)/sample/run.nc --force
	$(PROGRAM) show $(BUILD)/sample/run.nc
	@echo "The series are in $(BUILD)/sample/series.csv, their true parameters in"
	@echo "$(BUILD)/sample/series.truth.csv, the results in $(BUILD)/sample/run.nc (see ncdump -h)."

figures: ## Draw all figures of RUN=run.nc [BT= SWEEP= PAPER= AUTHORS= DOWNLOADS= MODELS= OUT= WIDTH= FORMAT=] beside it
	@test -n "$(RUN)" || { echo "usage: make figures RUN=run.nc [BT=bt.nc] [SWEEP=sweep.nc]" >&2; exit 2; }
	$(PYTHON) analysis/figures.py $(RUN) $(FIGURES)

report: ## Write a page to explore RUN=run.nc [BT= DOWNLOADS= ...] beside it, with its figures
	@test -n "$(RUN)" || { echo "usage: make report RUN=run.nc [BT=bt.nc]" >&2; exit 2; }
	$(PYTHON) analysis/figures.py $(RUN) $(FIGURES) --format png --dpi 110
	$(PYTHON) analysis/report.py $(RUN) $(if $(BT),--backtest $(BT)) $(if $(DOWNLOADS),--downloads $(DOWNLOADS)) \
	    $(if $(OUT),--figures $(OUT))

pictures: sample ## Draw the README's pictures again from the simulated sample
	$(PYTHON) analysis/figures.py $(BUILD)/sample/run.nc --output analysis/pictures --format png --dpi 110 \
	    --only $(PICTURES)

test: ## Install what is missing, build and run all tests
	@jobs/packaging/deps.sh
	@$(MAKE) --no-print-directory all tests
	@BUILD=$(BUILD) tests/run.sh

.PHONY: test-slurm
test-slurm: ## Install SLURM, start two virtual nodes and run the job scripts on them (needs root)
	@jobs/packaging/deps.sh build test slurm
	@$(MAKE) --no-print-directory all
	@mkdir -p $(BUILD)/tests
	@BUILD=$(BUILD) tests/run.sh tests/slurm/jobs.t

bench: ## Run the benchmarks [BENCH=quick] [PARTS=engine,share,coordinator,hierarchy,runs] (see tests/bench/README.md)
	@pkg-config --exists cminpack || { echo "make bench-deps first: it installs what is compared with" >&2; exit 1; }
	@$(MAKE) --no-print-directory all $(BENCHES:%=$(BUILD)/bench/%) $(BUILD)/tests/toy_run
	$(PYTHON) tests/bench/bench.py $(BUILD) $(if $(filter quick,$(BENCH)),--quick) --only "$(PARTS)"

bench-deps: ## Install what the benchmarks compare with
	@jobs/packaging/deps.sh build test bench

kill-test: $(PROGRAM) $(BUILD)/tests/toy_run ## Kill runs at random moments, KILLS (50) times in three ways, and resume them
	BUILD=$(BUILD) KILLS=$(or $(KILLS),50) tests/kill_resume.t
	BUILD=$(BUILD) KILLS=$(or $(KILLS),50) tests/kill_fit.t

check-asan: ## Run all tests under the address, undefined-behaviour and leak sanitizers
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan OPTIMISE='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE=address,undefined all tests
	@BUILD=$(BUILD)/asan ASAN_OPTIONS=fast_unwind_on_malloc=0 \
	    LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leaks.supp:print_suppressions=0 tests/run.sh

check-forecast: $(PROGRAM) ## Backtest the fine-tune counts in DATA against what is asked of the forecasts
	@mkdir -p $(BUILD)/check
	$(MPIRUN) -n 2 $(PROGRAM) backtest $(or $(DATA),../shared/data/hf_2025-02-18/finetune) \
	    -s backtest.origins=15,12,9,6,3 -o $(BUILD)/check/forecast.nc --force
	tests/check_backtest.py $(BUILD)/check/forecast.nc
	tests/check_forecast.py $(BUILD)/check/forecast.nc

calibration: $(PROGRAM) ## How often intervals hold the truth in ensembles drawn from the prior of RUN=run.nc [MODELS=]
	@test -n "$(RUN)" || { echo "usage: make calibration RUN=run.nc [MODELS=500]" >&2; exit 2; }
	$(PYTHON) analysis/calibration.py $(RUN) --program $(PROGRAM) --launch "env $(MPIRUN) -n 2" \
	    $(if $(MODELS),--models $(MODELS)) --json $(basename $(RUN)).calibration.json

coverage: ## Run all tests and report the lines they reach
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage OPTIMISE='-O0 -g' \
	    CFLAGS=--coverage LDFLAGS=--coverage all tests
	@BUILD=$(BUILD)/coverage tests/run.sh
	gcovr --root . --filter src/ --print-summary --html-details $(BUILD)/coverage/index.html $(BUILD)/coverage

fuzz: $(PROGRAM) ## Fuzz every reader for TIME (20) seconds each, or those in FUZZERS="NAME..."
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang OPTIMISE='-O1 -g' HOT=-O0 \
	    SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@BUILD=$(BUILD) tests/fuzz/run.sh $(or $(TIME),20) $(FUZZERS) figures

.PHONY: fuzzers
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz_%)

lint: $(OBJECTS) $(BUILD)/obj/main.o $(TIDY) ## Check format, common mistakes and the project's own rules
	clang-format --dry-run -Werror $(C_FILES)
	BUILD=$(BUILD) tests/lint.sh

format: ## Format all C files
	clang-format -i $(C_FILES)

config/default.ini: $(PROGRAM) ## Write the documented defaults again after a key has changed
	$(PROGRAM) config > $@

install: all ## Install under PREFIX (/usr/local), below DESTDIR if that is set
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/growcast
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/growcast
	install -m 644 $(MANUAL) $(DESTDIR)$(PREFIX)/share/man/man1/growcast.1
	install -m 644 $(wildcard config/*) LICENSE $(DESTDIR)$(PREFIX)/share/growcast/
	sed -i 's|^parameters = config/|parameters = $(PREFIX)/share/growcast/|' $(DESTDIR)$(PREFIX)/share/growcast/sample.ini

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z\/.-]*:.*## / { printf "  %-20s %s\n", $$1, $$2 }' Makefile

clean: ## Remove everything that was built
	rm -rf build

$(PROGRAM): $(BUILD)/obj/main.o $(LIBRARY) $(SHIM)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(MANUAL): $(PROGRAM)
	$(PROGRAM) config --man > $@

vpath %.c $(wildcard src/*)

$(BUILD)/obj/%.o: %.c Makefile $(BUILD)/flags | $(BUILD)/obj
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/sanitizer_dlclose.o: tests/sanitizer_dlclose.c | $(BUILD)/obj
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c Makefile $(BUILD)/flags | $(BUILD)/obj/tests
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(LIBRARY) $(SHIM) | $(BUILD)/tests
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(SHIM) $(LIBRARY) $(LDLIBS)
.SECONDARY: $(TESTS:$(BUILD)/tests/%=$(BUILD)/obj/tests/%.o)

# The harness of results takes the place of the functions that it wraps.
RESULT_WRAPS := store_sweep_write $(shell sed -n 's/^RESULT_WRAP.\([a-z_]*\),.*/\1/p' tests/fuzz/result_memory.h)
$(BUILD)/fuzz_result: LDFLAGS += $(RESULT_WRAPS:%=-Wl,--wrap=%)

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(LIBRARY) Makefile
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LDFLAGS) $(LDLIBS)

$(BUILD)/bench/engine: PEER_CFLAGS = $(shell pkg-config --cflags cminpack)
$(BUILD)/bench/engine: PEER_LIBS = -lcminpack
$(BUILD)/bench/engine: tests/bench/engine_peers.c
$(BUILD)/bench/hierarchy: tests/pooled_reference.h
$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY) Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) $(PEER_CFLAGS) -o $@ $(filter %.c,$^) $(LIBRARY) $(LDFLAGS) $(LDLIBS) $(PEER_LIBS)

# Other flags than at the last build: everything is compiled again, except for -Werror, which
# changes no code.
$(BUILD)/flags: FORCE | $(BUILD)/obj
	@echo '$(CC) $(filter-out -Werror,$(subst ','\'',$(CPPFLAGS) $(CFLAGS) $(HOT) $(PKG_CFLAGS)))' > $@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# The commit stands in a header of one source file, rewritten only when it changed.
$(BUILD)/commit.h: FORCE | $(BUILD)/obj
	@commit=$$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null); \
	printf '/* Made by the Makefile. */\n#define GROWCAST_COMMIT "%s"\n' "$$commit" > $@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(BUILD)/obj/provenance.o $(BUILD)/tidy/provenance: CPPFLAGS += -I$(BUILD)
$(BUILD)/obj/provenance.o: $(BUILD)/commit.h

$(KERNELS:%=$(BUILD)/obj/batch_kernel_%.o): $(BUILD)/obj/batch_kernel_%.o: src/bootstrap/batch_kernel.c Makefile $(BUILD)/flags | $(BUILD)/obj
	$(CC) $(CPPFLAGS) -DBATCH_KERNEL=batch_kernel_$* $(CFLAGS) $(KERNEL_$*) -MMD -MP -c -o $@ $<

$(KERNELS:%=$(BUILD)/obj/curve_kernel_%.o): $(BUILD)/obj/curve_kernel_%.o: src/bootstrap/curve_kernel.c Makefile $(BUILD)/flags | $(BUILD)/obj
	$(CC) $(CPPFLAGS) -DCURVE_KERNEL=curve_kernel_$* $(CFLAGS) $(KERNEL_$*) -MMD -MP -c -o $@ $<

# Paths through a function that the analyzer follows: a quarter of its own limit takes half the time.
ANALYZER := -Xclang -analyzer-config -Xclang max-nodes=50000

define TIDY_UP
	clang-tidy --quiet $< -- $(CPPFLAGS) -std=c11 $(PKG_CFLAGS) $(ANALYZER) 2>/dev/null
	@touch $@
endef

# A file that was found clean is checked again only when its object would be compiled again.
$(BUILD)/tidy/%: %.c $(BUILD)/obj/%.o .clang-tidy | $(BUILD)/tidy
	$(TIDY_UP)

$(BUILD)/tidy/%_kernel: %_kernel.c $(BUILD)/obj/%_kernel_baseline.o .clang-tidy | $(BUILD)/tidy
	$(TIDY_UP)

$(BUILD)/obj $(BUILD)/obj/tests $(BUILD)/tests $(BUILD)/tidy: | $(BUILD)/dependencies
	mkdir -p $@

# Without the libraries nothing compiles: say what to do instead of what is missing first.
$(BUILD)/dependencies: jobs/packaging/deps.sh
	@CC=$(CC) jobs/packaging/deps.sh --check build
	@mkdir -p $(BUILD) && touch $@

# Loops over the replicates of a model.
$(BUILD)/obj/organization_sums.o $(BUILD)/obj/quantile.o $(BUILD)/obj/ensemble.o: \
    CFLAGS += $(HOT) -fno-math-errno -fno-trapping-math

# The rounds of the random generator, which overlap from block to block only where they are unrolled.
$(BUILD)/obj/random.o: CFLAGS += $(HOT)

# Loops over the nodes of a grid.
$(BUILD)/obj/hierarchy_table.o $(BUILD)/obj/hierarchy_sum.o $(BUILD)/obj/hierarchy_likelihood.o $(BUILD)/obj/hierarchy_posterior.o \
    $(BUILD)/obj/increment_table.o $(BUILD)/obj/increment_draws.o $(BUILD)/obj/forecaster_sampler.o $(BUILD)/obj/pooled_density.o $(BUILD)/obj/pooled_quantile.o: \
    CFLAGS += $(HOT) -fno-math-errno -fno-trapping-math

-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/obj/tests/*.d $(BUILD)/*.d)
