# What people and CI call. `make help` lists it.
PRESET ?= release
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
# GCC before 14 miscompiles coroutines (docs/architecture.md), so clang 16 is the default.
export CC ?= clang-16
export CXX ?= clang++-16
ifeq ($(origin CC),default)
CC = clang-16
endif
ifeq ($(origin CXX),default)
CXX = clang++-16
endif

.PHONY: help build demo test bench package install deps clean
help:
	@echo "make demo    install what is missing, build, and transcribe five recordings on the reference box"
	@echo "             (GPUS=real: on this machine's own GPUs)"
	@echo "make test    everything: release, address/undefined and thread sanitizers"
	@echo "make bench   the benchmarks, as ratios to floors taken in the same run"
	@echo "make build   build/release/bin/transcribed and transcribe (PRESET=dev, asan, tsan for the others)"
	@echo "make package a Debian package in build/package, with a systemd service"
	@echo "make install what the package holds, into PREFIX (/usr/local)"

deps:
	@scripts/install-packages

build: deps
	@scripts/build $(PRESET) $(JOBS)

demo: build
	@scripts/demo $(GPUS)

test: deps
	@scripts/install-packages test
	@scripts/test $(JOBS)

package: deps
	@scripts/build release $(JOBS) programs
	@scripts/package build/release build/package

install: deps
	@scripts/build release $(JOBS) programs
	@cmake --install build/release --prefix $(abspath $(PREFIX)) --strip

bench: deps
	@scripts/install-packages bench
	@scripts/build release $(JOBS)
	@scripts/from-forky build/whisper-tools --with-dependencies whisper.cpp-tools || echo "Measuring without whisper-cli."
	@scripts/bench

clean:
	rm -rf build
