# Everything runs inside .venv, which lers/bootstrap.py makes and keeps current. Variables: PORT, VAR.
PYTHON ?= python3
BOOTSTRAP = @$(PYTHON) lers/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help run test check manage drill bench lock

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run:  ## Start the portal with demo data (PORT=8000, VAR=var); Ctrl-C stops everything
	$(BOOTSTRAP) run

test:  ## Run every test (ARGS="tests/accounts -x" for some)
	$(BOOTSTRAP) test $(ARGS)

check:  ## Lint, types, import order, migrations, templates, production settings
	$(BOOTSTRAP) check

manage:  ## Run a management command: make manage ARGS="verify_audit"
	$(BOOTSTRAP) manage $(ARGS)

drill:  ## Break things under a running portal, send in six impostors, break things under holds (docs/drill.md)
	$(BOOTSTRAP) drill $(ARGS)

bench:  ## Run a benchmark on servers of its own: make bench ARGS=emergency_alert; without ARGS, list them
	$(BOOTSTRAP) bench $(ARGS)

lock:  ## Resolve requirements*.in into the lock files
	$(BOOTSTRAP) setup
	.venv/bin/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.txt requirements.in
	.venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements-dev.txt requirements-dev.in
