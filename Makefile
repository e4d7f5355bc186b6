# The tasks of a developer. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help run test test-plain lint generate generate-check migration migrations-check web web-check web-test audits clients clients-generate examples examples-generate build build-check image image-push release deploy-check licenses licenses-check fuzz hostile-search bench bench-growth bench-flood bench-overload bench-scenarios bench-scaling bench-smoke bench-parts rehearsal postgres postgres-versions pgbouncer mandoc chromium python-service

GO ?= go
# The same flags for all commands: they share compiled packages. Without it, a clean checkout compiles everything twice.
export GOFLAGS := $(filter-out -trimpath,$(shell $(GO) env GOFLAGS)) -trimpath
FUZZTIME ?= 20s
HOSTILETIME ?= 30m
HOSTILESEED ?= 1
GENERATED := ent graph internal/model internal/executor/internal/zoo
# The program is static, as in a release. Only the race detector needs cgo.
export CGO_ENABLED := 0
# The version that internal/version reports. The same commit gives the same binary. These variables use = because only
# build needs their values.
VERSION = $(shell git describe --tags --dirty 2>/dev/null || TZ=UTC0 git log -1 --abbrev=12 --date=format-local:%Y%m%d%H%M%S --format=v0.0.0-%cd-%h 2>/dev/null)
COMMIT = $(shell git describe --always --abbrev=40 --dirty --exclude '*' 2>/dev/null)
COMMIT_TIME = $(shell TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
STAMP := followgraph/internal/version
LDFLAGS = -s -w -X $(STAMP).version=$(VERSION) -X $(STAMP).commit=$(COMMIT) -X $(STAMP).time=$(COMMIT_TIME)
# REPOSITORY is the URL of the source code, which the annotations of the image name if it is set.
RELEASE = -version "$(VERSION)" -commit "$(COMMIT)" -time "$(COMMIT_TIME)" -repository "$(REPOSITORY)"
MAX_BINARY := 35651584 # bytes: 34 MiB
CLIENTS_GENERATED := clients/apollo/manifest.json clients/apollo/named-manifest.json clients/relay/__generated__ clients/relay/persisted.json clients/codegen/__generated__ examples/apollo/cache.ts
EXAMPLES_GENERATED := examples/mobile/__generated__
# The packages of a folder are installed if npm wrote this file after package-lock.json last changed.
INSTALLED := node_modules/.package-lock.json
BENCHFLAGS ?=
BENCHCOUNT ?= 1
REHEARSALFLAGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: postgres build ## run the API with a sample graph, an explorer and a playground: http://127.0.0.1:8080
	bin/followgraph sample --if-empty --log-level warn
	bin/followgraph serve --persisted-documents examples/mobile/__generated__/persisted-documents.json

# cmd/release is tested by test-plain: it starts no goroutines, and compresses for two minutes with the race detector.
test: postgres postgres-versions pgbouncer python-service ## run the tests with the race detector, on a PostgreSQL that they start themselves
	CGO_ENABLED=1 $(GO) test -race -timeout 10m $$($(GO) list ./... | grep -v '/cmd/release$$')

test-plain: postgres pgbouncer ## run the tests that the race detector slows down or distorts, without it; the whole program with --graph=sql
	FOLLOWGRAPH_GRAPH=sql $(GO) test -timeout 10m ./internal/app ./cmd/followgraph ./cmd/release

build: ## build bin/followgraph
	$(GO) build -ldflags="$(LDFLAGS)" -o bin/followgraph ./cmd/followgraph

build-check: build ## fail if bin/followgraph is larger than 34 MiB
	@size=$$(wc -c <bin/followgraph) && echo "bin/followgraph: $$size bytes of at most $(MAX_BINARY)" && test $$size -le $(MAX_BINARY)
	@bin/followgraph --version

image: ## build the container image for linux/amd64 and linux/arm64 in dist, without Docker
	$(GO) run ./cmd/release $(RELEASE) image

image-push: image ## push the image: make image-push REGISTRY=registry.example/acme (TAGS: further tags)
	@test -n "$(REGISTRY)" || { echo "usage: make image-push REGISTRY=registry.example/acme [TAGS='latest v1']" >&2; exit 2; }
	$(GO) run ./cmd/release $(RELEASE) push $(REGISTRY)/followgraph $(TAGS:%=$(REGISTRY)/followgraph:%)

release: ## build the image, and archives with man pages, completions and an SBOM for each platform, in dist
	rm -rf dist
	$(GO) run ./cmd/release $(RELEASE) image
	$(GO) run ./cmd/release $(RELEASE) archives

# Without optimizations, the libraries compile in a quarter less time.
deploy-check: ## check the Helm chart, systemd units, Compose file, alerts and dashboard (installs promtool on Debian, as root)
	PROMTOOL=$$(sh scripts/install-deploy-tools.sh) && export PROMTOOL && cd tools/deploy && $(GO) test -gcflags='all=-N -l' -count 1 ./...

licenses: ## regenerate THIRD_PARTY_LICENSES
	$(GO) run ./cmd/licenses

licenses-check: ## fail if THIRD_PARTY_LICENSES is stale, or a licence is not allowed
	$(GO) run ./cmd/licenses -check

lint: ## run the linters, which also check the directions of imports
	$(GO) tool -modfile=tools/lint/go.mod golangci-lint run ./...

generate: ## regenerate the code of ent and gqlgen
	$(GO) generate ./ent
	$(GO) run ./cmd/gqlgen
	$(GO) run ./cmd/gqlgen internal/executor/internal/zoo/gqlgen.yml

generate-check: generate ## fail if the committed generated code is stale
	@git diff --exit-code -- $(GENERATED)
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { git status --short -- $(GENERATED); exit 1; }

migration: postgres ## write a migration for changes of ent/schema: make migration name=add_something
	@test -n "$(name)" || { echo "usage: make migration name=add_something" >&2; exit 2; }
	$(GO) run ./cmd/devpg -- $(GO) tool -modfile=tools/go.mod atlas migrate diff $(name) --env local

migrations-check: postgres ## fail if schema and migrations differ, atlas.sum is wrong, or Atlas's lint reports a problem
	$(GO) run ./cmd/devpg -- tools/migrations-check

%/$(INSTALLED): %/package.json %/package-lock.json
	cd $* && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

web: web/$(INSTALLED) ## build the web pages (needs Node)
	cd web && npm run build

web-check: web/$(INSTALLED) ## fail if the committed build of the web pages is stale (needs Node)
	cd web && npm run check

web-test: postgres chromium build web/$(INSTALLED) ## test the web pages in headless Chromium against the program (needs Node)
	cd web && npm test

audits: postgres build audits/$(INSTALLED) ## run the GraphQL over HTTP audits against the program (needs Node)
	cd audits && npm test

clients: postgres build clients/$(INSTALLED) ## test the API with clients from npm: Apollo, urql, Relay, graphql-codegen (needs Node)
	cd clients && npm run generate
	@git diff --exit-code -- $(CLIENTS_GENERATED)
	@test -z "$$(git status --porcelain -- $(CLIENTS_GENERATED))" || { git status --short -- $(CLIENTS_GENERATED); exit 1; }
	cd clients && npm run typecheck && npm test

clients-generate: clients/$(INSTALLED) ## regenerate the documents, manifests and cache policies of these clients (needs Node)
	cd clients && npm run generate

examples: postgres build examples/mobile/$(INSTALLED) ## test the examples against the program (needs Node)
	cd examples/mobile && npm run generate
	@git diff --exit-code -- $(EXAMPLES_GENERATED)
	@test -z "$$(git status --porcelain -- $(EXAMPLES_GENERATED))" || { git status --short -- $(EXAMPLES_GENERATED); exit 1; }
	cd examples/mobile && npm run typecheck && npm test

examples-generate: examples/mobile/$(INSTALLED) ## regenerate the types and manifests of the examples (needs Node)
	cd examples/mobile && npm run generate

fuzz: ## run each fuzz test for FUZZTIME
	$(GO) test ./internal/page -run '^$$' -fuzz '^FuzzCursor$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/page -run '^$$' -fuzz '^FuzzCursorRoundTrip$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/globalid -run '^$$' -fuzz '^FuzzParseUser$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/graphdump -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/profile -run '^$$' -fuzz '^FuzzParsePhoneNumber$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/profile -run '^$$' -fuzz '^FuzzParseText$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/auth -run '^$$' -fuzz '^FuzzVerify$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/httpserver -run '^$$' -fuzz '^FuzzAddress$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/ingest -run '^$$' -fuzz '^FuzzEdges$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/ingest -run '^$$' -fuzz '^FuzzUsers$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/ingest -run '^$$' -fuzz '^FuzzFields$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/userpool -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/textfile -run '^$$' -fuzz '^FuzzOpen$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/executor -run '^$$' -fuzz '^FuzzDifferential$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/persisted -run '^$$' -fuzz '^FuzzManifest$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/persisted -run '^$$' -fuzz '^FuzzCheckID$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/httpserver -run '^$$' -fuzz '^FuzzParameters$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/httpserver -run '^$$' -fuzz '^FuzzMembers$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/httpserver -run '^$$' -fuzz '^FuzzPreferences$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/httpserver -run '^$$' -fuzz '^FuzzSocketMessage$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/variables -run '^$$' -fuzz '^FuzzCoerce$$' -fuzztime $(FUZZTIME)
	$(GO) test ./internal/surrogate -run '^$$' -fuzz '^FuzzInGraphQL$$' -fuzztime $(FUZZTIME)

hostile-search: postgres ## search for HOSTILETIME for operations that exceed their limits (HOSTILESEED: start; even: long names)
	$(GO) test ./internal/app -run '^TestHostileSearch$$' -count 1 -v -timeout 0 -hostile-search $(HOSTILETIME) -hostile-seed $(HOSTILESEED)

bench: postgres ## compare the server with hand-written ones, 100,000 users (BENCHFLAGS: see go run ./bench -help)
	$(GO) run ./bench $(BENCHFLAGS)

bench-growth: postgres ## measure how times grow from 10,000 to 1,000,000 users; the first run loads data for 15 minutes
	$(GO) run ./bench -growth 10000,100000,1000000 $(BENCHFLAGS)

bench-flood: postgres ## measure reads while 32 connections sign in
	$(GO) run ./bench -flood $(BENCHFLAGS)

bench-overload: postgres ## measure the server at twice its capacity, for a minute
	$(GO) run ./bench -overload $(BENCHFLAGS)

bench-scenarios: postgres ## run the graph in memory beside writes, kills and outages (BENCHFLAGS: -scenarios, -users, -count, -rate)
	$(GO) run ./bench -scenarios all -users 2000 $(BENCHFLAGS)

bench-scaling: postgres ## measure the figures of docs/scaling.md on a million users; the first run loads data for 10 minutes
	$(GO) run ./bench -scaling all -packed -users 1000000 -shared-buffers 1GB -writes 200000 -rounds 1 -duration 10s $(BENCHFLAGS)
	$(GO) run ./bench -scaling disk -users 100000

bench-smoke: postgres ## run these benchmarks briefly on small graphs, to check that they work
	$(GO) run ./bench -temporary -users 1000 -targets 50 -writes 20000 -connections 4 -rounds 1 -warmup 50ms -duration 400ms
	$(GO) run ./bench -temporary -growth 500,1000 -targets 50 -connections 4 -rounds 1 -warmup 50ms -duration 400ms -svg /dev/null
	$(GO) run ./bench -temporary -flood -users 1000 -targets 50 -rounds 1 -warmup 50ms -duration 400ms
	$(GO) run ./bench -temporary -overload -users 1000 -targets 50 -connections 4 -rounds 1 -warmup 50ms -duration 1s
	$(GO) run ./bench -temporary -packed -scaling all -figures= -users 1000 -targets 50 -writes 20000 -rounds 1 -duration 400ms
	$(GO) run ./bench -scenarios memory,freshness -users 1000 -count 50 -churn 1s

bench-parts: postgres ## run the Go benchmarks, BENCHCOUNT times each (for benchstat)
	$(GO) test -run '^$$' -bench . -benchmem -count $(BENCHCOUNT) ./...

rehearsal: postgres python-service ## adopt databases of the running Python service and report its errors (REHEARSALFLAGS: see internal/rehearsal/flags_test.go)
	$(GO) test ./internal/rehearsal -run '^TestRehearsal$$' -count 1 -v -timeout 0 -args -durable -max-wait 1s -table - $(REHEARSALFLAGS)

postgres: ## install PostgreSQL if it is missing (Debian, Ubuntu, as root), or print what to run
	@sh scripts/install-postgres.sh

postgres-versions: ## unpack PostgreSQL 16 to 18 for tests into a cache outside the repository (needs Node)
	@sh scripts/postgres-versions.sh

pgbouncer: ## install PgBouncer if it is missing (Debian, Ubuntu, as root), or print what to run
	@sh scripts/install-pgbouncer.sh

python-service: ## install the packages of the Python service (Debian, Ubuntu, as root), or print what to run
	@sh scripts/install-python-service.sh

mandoc: ## install mandoc, which checks the man pages, if it is missing (Debian, Ubuntu, as root), or print what to run
	@sh scripts/install-mandoc.sh

chromium: ## install Chromium if it is missing (Debian, as root), or print what to run
	@sh scripts/install-chromium.sh
