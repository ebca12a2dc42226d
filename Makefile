# Every target finds or installs a PostgreSQL server itself: see .ci/postgres.
#
#   make build           bin/shoji: one static binary (make build VERSION=1.2.3 says its version)
#   make demo            a masked copy of a shop's database, from nothing, in a minute
#   make quick           the tests that need no server, in less than a minute: go test -short
#   make test            the whole suite
#   make test PG=17      what depends on the server's version, on that major (13 to 18)
#   make test ARGS=-v    arguments for go test

GO       ?= go
PACKAGES ?= ./...
ARGS     ?=
TOOL     := $(GO) tool -modfile=.ci/tools/go.mod

# Everything is compiled once, with the same settings, and shared: build, tests, lint.
# The tag takes text/template out of the command line's library. A program that reaches it calls methods by names that
# are not known before it runs, so that the linker keeps every method of every type: all operations of the AWS clients.
export CGO_ENABLED = 0
export GOFLAGS     = -trimpath -tags=urfave_cli_no_template

BUILD := $(GO) build -ldflags='-s -w$(if $(VERSION), -X main.version=$(VERSION))'

# Tests talk to servers, so a result of yesterday says little: -count=1 runs them again. They wait for servers half of
# the time, so twice as many packages as there are processors run at once.
GOTEST := $(GO) test -count=1 -timeout=40m -p=$(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

# What depends on the server's version. The fetched servers have no pg_dump, so the packages that
# need it use that of the system where it is new enough, and say so where it is not.
VERSIONED := ./spec/mask ./providers/postgres/... ./internal/lab/...

.PHONY: build size demo quick test race fuzz bench lint vuln fmt clean
.DEFAULT_GOAL := build

build:
	$(BUILD) -o bin/shoji ./cmd/shoji

# How large the program may be. What makes it much larger is a dependency that switches the linker's pruning off:
# go build -ldflags=-dumpdep ./cmd/shoji 2>&1 | grep ReflectMethod names it.
MAX_SIZE := 48000000

size:
	GOOS=linux GOARCH=amd64 $(BUILD) -o bin/linux-amd64/shoji ./cmd/shoji
	@size=$$(wc -c <bin/linux-amd64/shoji) && echo "$$size bytes of $(MAX_SIZE)" && [ "$$size" -le $(MAX_SIZE) ]

demo:
	@.ci/postgres
	$(GO) run ./cmd/shoji demo

# Under -short, pgtest skips the test that asks for a server.
quick:
	$(GO) test -short $(ARGS) $(PACKAGES)

ifdef PG
test:
	SHOJI_PG_BIN="$$(.ci/postgres $(PG))" && export SHOJI_PG_BIN && $(GOTEST) $(ARGS) $(VERSIONED)
else
test:
	@.ci/postgres
	$(GOTEST) $(ARGS) $(PACKAGES)
endif

# Everything that runs at the same time as something else: the walk, journals and leases, the output of a run, the steps of a refresh,
# what is staged, and what is done in accounts meanwhile. The race detector needs cgo.
race: export CGO_ENABLED = 1
race:
	@.ci/postgres
	$(GOTEST) -race $(ARGS) ./internal/lab/cloud/... ./engine/... ./internal/view/... ./providers/postgres/journal ./providers/postgres/transfer ./providers/postgres/swap ./providers/postgres/stage ./providers/aws/awsapi ./providers/aws/staging ./internal/lab/pipeline
	$(GOTEST) -race $(ARGS) -run 'TestARefreshReadsFromAClone|TestASessionThat|TestARoleThatTurnsInvalid' ./providers/aws/operation
	$(GOTEST) -race $(ARGS) -run 'TestMoving/(partitions|foreign_key_cycles|sequences|views)|TestSourceGoesAway|TestConnectedAtSwap/terminate|TestSameInput' ./providers/postgres

# Native fuzzing of everything that reads what somebody else wrote: FUZZTIME for each (make fuzz FUZZTIME=1m), one after the other. What
# it finds lands in testdata/fuzz of the package, beside a part of what was found interesting, and make test runs both.
FUZZTIME ?= 10m
FUZZERS  := spec:FuzzLoad engine:FuzzDecodePlan providers/postgres/schemalock:FuzzRead providers/postgres/manifest:FuzzRead \
            internal/pgparse:FuzzQuoting spec/mask:FuzzCondition

fuzz:
	@.ci/postgres
	@for f in $(FUZZERS); do \
		echo "--- $$f"; $(GO) test ./$${f%%:*} -run '^$$' -fuzz "^$${f##*:}$$" -fuzztime $(FUZZTIME) || exit 1; done

# validate and lint on 1,000 tables with 20,000 columns (ARGS=-offline: alone), a refresh against what PostgreSQL itself can do, plans and
# refreshes of 1,400 and more tables (ARGS=-size: alone), the cost of
# each mask (ARGS="-masks -write": alone, and written into docs/masks.md).
bench:
	@.ci/postgres
	$(GO) run ./internal/bench $(ARGS)

lint:
	@unformatted=$$(gofmt -l cmd docs engine examples internal providers spec) && \
	if [ -n "$$unformatted" ]; then echo "not as gofmt writes it (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...

vuln:
	@.ci/vuln

fmt:
	gofmt -w cmd docs engine examples internal providers spec

clean:
	rm -rf bin .cache
