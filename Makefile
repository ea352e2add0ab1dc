# Every command of the project. The first two work in a fresh clone with only Python ≥ 3.11 and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Builds the explorer where there is node; where there is none, or it cannot be built, the server says what is missing.
EXPLORER := @{ command -v node && command -v npm; } >/dev/null && $(MAKE) --no-print-directory explorer || true

.PHONY: run run-mongo day clients test model torture bench bench-check bench-profile audit contract scan packaging check format schema golden schema-map seed explorer screenshot lock clean

run: $(READY) ## serve on 127.0.0.1:8000; memory storage unless WALLET_STORAGE_URL says otherwise
	$(EXPLORER)
	$(BIN)/python -m api serve

run-mongo: $(READY) ## the same on a local one-node MongoDB replica set, its data kept in .data/mongo
	$(EXPLORER)
	$(BIN)/python -m repositories.mongo --data .data/mongo -- $(BIN)/python -m api serve

day: $(READY) ## a day with the wallet, from activation to refund, at the server of `make run`
	$(BIN)/python -m examples.day

clients: $(READY) examples/typescript/node_modules/.ready ## typed clients are generated, checked, and live through a transfer; needs node and npm
	cd examples/typescript && node_modules/.bin/graphql-codegen >/dev/null && node_modules/.bin/tsc --noEmit
	$(BIN)/python -m tests.examples.clients

test: $(READY) ## all tests on every storage, with branch coverage
	$(EXPLORER)
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term-missing:skip-covered $(ARGS)

model: $(READY) ## new random programs of money operations, and many of them, against the oracle; ARGS="--examples 5000 memory"
	$(BIN)/python -m tests.model $(ARGS)

torture: $(READY) ## kill, cut off and fail over the server and its database under load; ARGS="--seconds 60 --only bank --write"
	$(BIN)/python -m tests.torture $(ARGS)

bench: $(READY) ## every scenario against its baselines, in turn in one run; ARGS="--only a,b --seconds 1", --write for the docs
	$(BIN)/python -m bench $(ARGS)

bench-check: $(READY) ## a short form; 1 if a ratio has fallen below the committed one (before a release; not part of CI)
	$(BIN)/python -m bench --check $(ARGS)

bench-profile: $(READY) ## where the time goes in what misses its target; ARGS="--write" for the docs; needs permission to trace
	$(BIN)/python -m bench.profiling $(ARGS)

audit: $(READY) tests/http/node_modules/.ready ## the official audits of GraphQL over HTTP, at a server of its own; needs node and npm
	node tests/http/audit.js

contract: tests/contract/node_modules/.ready ## the schema breaks no client of the last release, and keeps the rules of schemas; needs node and npm
	node --test --test-reporter=dot tests/contract/compare.test.js
	node tests/contract/contract.js
	node tests/contract/node_modules/eslint/bin/eslint.js --config tests/contract/eslint.config.js schema/schema.graphql

scan: $(READY) .venv-scan/.ready ## a scanner guesses at the schema of a server under production settings, and finds nothing
	$(BIN)/python -m tests.outside.scan

packaging: $(READY) tests/packaging/node_modules/.ready ## the Dockerfile and the compose files fit their specifications, and good practice; needs node and npm
	$(BIN)/hadolint Dockerfile
	node tests/packaging/node_modules/dclint/bin/dclint.cjs --max-warnings 0 compose.yaml compose.production.yaml

check: $(READY) ## format, lint, types, layers, schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schema | diff -u schema/schema.graphql -

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(READY) ## print the schema into its committed file
	$(BIN)/python -m schema > schema/schema.graphql

schema-map: $(READY) ## draw docs/schema-map.md from the committed schema
	$(BIN)/python -m schema.picture > docs/schema-map.md

golden: $(READY) ## write down anew what the golden operations are answered, after a change that is meant
	$(BIN)/python -m tests.golden

seed: $(READY) ## plant the storage of WALLET_STORAGE_URL with regions and the demo family
	$(BIN)/python -m seeds --demo

explorer: explorer/dist/index.html ## build the page that browsers get; needs node and npm
	@:

screenshot: $(READY) ## make docs/explorer.png anew; needs node, npm, chromium and a Chinese font (Debian: fonts-noto-cjk)
	$(EXPLORER)
	SCREENSHOT=1 REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/explorer/test_examples.py -k order

lock: $(READY) ## resolve the dependencies anew; installs exactly these, by hash
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --python-version 3.11 \
		--no-emit-package asyncio tests/outside/scanner.in -o tests/outside/scanner.lock

$(READY): requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	touch $@

.venv-scan/.ready: tests/outside/scanner.lock
	$(PYTHON) -m venv .venv-scan
	.venv-scan/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/outside/scanner.lock
	touch $@

tests/http/node_modules/.ready: tests/http/package-lock.json
	cd tests/http && npm ci --ignore-scripts --no-audit --no-fund --silent
	touch $@

tests/contract/node_modules/.ready: tests/contract/package-lock.json
	cd tests/contract && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

tests/packaging/node_modules/.ready: tests/packaging/package-lock.json
	cd tests/packaging && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

explorer/node_modules/.ready: explorer/package-lock.json
	cd explorer && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
	touch $@

examples/typescript/node_modules/.ready: examples/typescript/package-lock.json
	cd examples/typescript && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

explorer/dist/index.html: explorer/node_modules/.ready explorer/build.js $(wildcard explorer/source/* explorer/source/examples/*)
	cd explorer && node build.js

clean: ## forget the environment and all local data
	rm -rf .venv .venv-scan .data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	rm -rf tests/http/node_modules tests/contract/node_modules tests/packaging/node_modules explorer/node_modules explorer/dist
	rm -rf examples/typescript/node_modules examples/typescript/source/generated
