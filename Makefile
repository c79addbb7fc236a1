# Everything needs Python 3.11 or later and make. `make help` lists the commands.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check fix messages bench lock dev lint types layers templates migrations translations

PY := .venv/bin/python
# The virtual environment's own Python, else the first that is recent enough and can make one.
define set-up
@for python in "$$PWD/$(PY)" $$PYTHON python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		&& exec "$$python" fleetportal/local/install.py $(1); \
done; echo "Python 3.11 or later with the venv module is needed and was not found. Install it, or name it: PYTHON=/path/to/python3 make $@" >&2; exit 1
endef

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /  make \1 \t/p' Makefile | expand -t 22

run: ## Install and start the portal with a demo company (PORT=8000)
	$(call set-up,run)
	@exec $(PY) manage.py portal --stop-with-parent

test: ## Set up and run every check and test
	$(call set-up,test)
	@status=0; \
	$(MAKE) --no-print-directory -k check || status=1; \
	$(PY) -m pytest -n 2 --dist worksteal || status=1; \
	exit $$status

check: lint types layers templates migrations translations ## Style, types, layers, templates, migrations, translations

dev:
	$(call set-up,dev)

lint: dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: dev
	$(PY) -m mypy

layers: dev
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

templates: dev
	$(PY) -m djlint --quiet --lint templates

migrations: dev
	$(PY) manage.py makemigrations --check --dry-run

translations: dev
	$(PY) fleetportal/local/translations.py check

fix: dev ## Format the code and mend what can be mended
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

messages: dev ## Collect changed texts into locale/
	@command -v xgettext >/dev/null || { echo "make messages needs gettext: install the package gettext." >&2; exit 1; }
	$(PY) manage.py makemessages --locale nl --locale fr --no-obsolete --add-location file --ignore .venv --ignore var --ignore tests
	$(PY) fleetportal/local/translations.py compile

bench: dev ## Measure ratios
	$(PY) -m benchmarks

lock: dev ## Write the lock files anew from pyproject.toml
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/base.lock
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -c requirements/base.lock -o requirements/dev.lock
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group redis -o requirements/redis.lock
