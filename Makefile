# SPDX-License-Identifier: GPL-3.0-or-later
# growcast: forecasts the growth of open-weight AI models. `make help` lists the targets.

VERSION  := 0.1.0
DATE     := 2026-11-24
BUILD    ?= build
PREFIX   ?= /usr/local
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
WERROR   ?=
PACKAGES := ompi-c gsl netcdf hdf5 openblas inih jansson nettle zlib

# openblas stands in for GSL's own slow reference CBLAS.
PKG_CFLAGS := $(subst -I/,-isystem /,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PKG_LIBS   := $(filter-out -lgslcblas,$(shell pkg-config --libs $(PACKAGES) 2>/dev/null))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Wformat=2
OPTIMISE ?= -O2 -g
CPPFLAGS += -Iinclude -D_POSIX_C_SOURCE=200809L -DGROWCAST_VERSION='"$(VERSION)"' -DGROWCAST_DATE='"$(DATE)"'
CFLAGS   += -std=c11 $(OPTIMISE) -ffp-contract=off $(WARNINGS) $(if $(WERROR),-Werror)
LDLIBS   += $(PKG_LIBS) -lcsv -lm

SOURCES  := $(filter-out src/main.c,$(wildcard src/*.c))
OBJECTS  := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
LIBRARY  := $(BUILD)/libgrowcast.a
PROGRAM  := $(BUILD)/growcast
TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c tests/mpi_*.c))

.PHONY: all tests clean FORCE
all: $(PROGRAM)
tests: $(TESTS)

$(PROGRAM): $(BUILD)/obj/main.o $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/obj/%.o: src/%.c Makefile | $(BUILD)/obj
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# The commit stands in a header of one source file, rewritten only when it changed.
$(BUILD)/commit.h: FORCE | $(BUILD)/obj
	@commit=$$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null); \
	printf '/* Made by the Makefile. */\n#define GROWCAST_COMMIT "%s"\n' "$$commit" > $@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(BUILD)/obj/provenance.o: CPPFLAGS += -I$(BUILD)
$(BUILD)/obj/provenance.o: $(BUILD)/commit.h

$(BUILD)/tests/%: tests/%.c $(LIBRARY) Makefile | $(BUILD)/tests
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDFLAGS) $(LDLIBS)

$(BUILD)/obj $(BUILD)/tests:
	mkdir -p $@

clean:
	rm -rf build

# Loops over the nodes of a grid become vector code only at -O3.
$(BUILD)/obj/hierarchy_table.o $(BUILD)/obj/hierarchy_likelihood.o $(BUILD)/obj/hierarchy_posterior.o: \
    CFLAGS += -O3 -fno-math-errno -fno-trapping-math

-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/tests/*.d)
