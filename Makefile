# Each target sets up what it needs: a clone, Python 3.11 or newer, git and make are enough.
PYTHON ?= python3
DATA ?= openml
STROKES ?=
OUTPUT ?= model
REPO ?=
SPACE ?=
MODEL ?=
HARDWARE ?=
BIN := .venv/bin

.PHONY: help setup demo test check train publish space bench reliability scale screenshots audit versions .venv-of clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.everything ## install all that training, tests and checks need

demo: .venv/.app ## open the sketch pad on http://127.0.0.1:7860
	$(BIN)/python app.py

test: .venv/.everything ## run the whole test suite
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest

check: .venv/.everything ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

train: .venv/.everything ## train the released model: make train DATA=DIR STROKES=FILE OUTPUT=DIR
	$(BIN)/python train.py --data $(DATA) --output $(OUTPUT) $(if $(STROKES),--strokes $(STROKES))

bench: .venv/.bench ## measure speed and load, side by side with peers; write docs/benchmarks.md
	$(BIN)/python tests/browser.py
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

reliability: .venv/.bench ## try to break the model and the app; write docs/reliability.md
	$(BIN)/python -m benchmarks.reliability --write docs/reliability.md

scale: .venv/.bench ## measure search and batch with 1 and 2 workers: make scale DATA=DIR STROKES=FILE
	$(BIN)/python -m benchmarks.scale --data $(DATA) $(if $(STROKES),--strokes $(STROKES))

screenshots: .venv/.everything ## draw in the running app and save the README's pictures of it
	$(BIN)/python tests/browser.py
	$(BIN)/python tests/screenshot.py

publish: .venv/.app ## upload model/ to the Hub: make publish REPO=USER/REPO
	$(BIN)/python -m pipeline publish model $(or $(REPO),$(error Expected REPO=USER/REPO))

space: .venv/.app ## create or update a Space: make space SPACE=USER/NAME MODEL=USER/REPO
	$(BIN)/python -m pipeline space $(or $(SPACE),$(error Expected SPACE=USER/NAME)) \
		--model $(or $(MODEL),$(error Expected MODEL=USER/REPO)) \
		$(if $(HARDWARE),--hardware $(HARDWARE))

audit: .venv/.everything ## look the pinned packages up among the known vulnerabilities
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[audit]'
	$(BIN)/pip-audit --strict -r requirements.txt

versions: .venv/.everything ## run the tests on the oldest and on the newest versions allowed
	$(BIN)/python tests/oldest.py > .venv/oldest.txt
	$(MAKE) PYTHON=$(PYTHON) AGE=oldest WITH='-c .venv/oldest.txt' .venv-of
	$(MAKE) PYTHON=$(PYTHON) AGE=newest WITH='--upgrade --upgrade-strategy eager' .venv-of

.venv-of:
	rm -rf .venv-$(AGE)
	$(PYTHON) -m venv .venv-$(AGE)
	.venv-$(AGE)/bin/python -m pip install --quiet --disable-pip-version-check $(WITH) -e '.[training,test]'
	.venv-$(AGE)/bin/python -m pip freeze --exclude-editable
	.venv-$(AGE)/bin/python -m pytest --ignore tests/test_app_browser.py

clean: ## remove what the other targets installed
	rm -rf .venv .venv-oldest .venv-newest

.venv/.app: requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Python %d.%d found, but 3.11 or newer is needed: make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.everything: .venv/.app pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -e '.[training,test,check]'
	touch $@

.venv/.bench: .venv/.everything
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -e '.[bench]'
	touch $@
