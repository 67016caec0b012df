# Each target installs what it needs: a clone, Python 3.11 or newer, git and make are enough.
PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
DATA ?= openml
STROKES ?=
OTHERS ?=
IMAGES ?=
PHOTOS ?=
# A model that was not trained on the test data, for the scoreboard.
HELD_OUT ?= build/held-out
# Without pen strokes it is no replacement for the released model.
OUTPUT ?= $(if $(STROKES),model,build/model)
REPO ?=
SPACE ?=
MODEL ?=
HARDWARE ?=
UPGRADE ?=
BIN := .venv/bin
SLOW := browser cluster end_to_end faults pipeline web
# Every file is checked against its hash in constraints.txt.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
# Node.js comes from PyPI, what runs on it from package-lock.json.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm
# The tests of a file in one process, which builds what they share; those of most tests not first,
# as they are the quick ones.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
# One thread each: two processes of tests already use both cores of a small machine.
RUN_TESTS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest $(PARALLEL)
WITH_STROKES = $(if $(STROKES),--strokes $(STROKES))

.PHONY: help setup demo test test-fast check coverage train publish space static web package bench \
	reliability scoreboard screenshots api versions constraints audit clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.development ## install what training, tests and checks need

demo: .venv/.app ## run the app on http://127.0.0.1:7860
	@echo "Starting ..."
	$(BIN)/python app.py

test: .venv/.development node_modules/.package-lock.json ## run all tests
	$(BIN)/python tests/browser/browser.py
	$(RUN_TESTS)

test-fast: .venv/.development ## run the quick tests: all but the folders in SLOW
	$(RUN_TESTS) $(SLOW:%=--ignore tests/%)

check: .venv/.development node_modules/.package-lock.json ## check lint, format and types
	rm -f interface/*.pyi docs/*.pyi # written by Gradio at import; ruff and mypy would read them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run --silent check

coverage: .venv/.development ## run all tests and measure their branch coverage
	$(BIN)/python tests/browser/browser.py
	$(RUN_TESTS) --cov --cov-report=term

train: .venv/.development ## train the model: make train DATA=DIR STROKES=FILE OTHERS=FILE OUTPUT=DIR
	$(BIN)/python train.py --data $(DATA) --output $(OUTPUT) $(WITH_STROKES) $(if $(OTHERS),--others $(OTHERS)) \
		$(if $(IMAGES),--images $(IMAGES))

publish: .venv/.app ## upload model/ to the Hub: make publish REPO=USER/REPO
	$(BIN)/python -m siffra publish model $(or $(REPO),$(error Expected REPO=USER/REPO))

space: .venv/.app ## create or update a Space: make space SPACE=USER/NAME MODEL=USER/REPO
	$(BIN)/python -m siffra space $(or $(SPACE),$(error Expected SPACE=USER/NAME)) \
		--model $(or $(MODEL),$(error Expected MODEL=USER/REPO)) \
		$(if $(HARDWARE),--hardware $(HARDWARE))

static: .venv/.app ## create or update a static Space, which needs no server: make static SPACE=USER/NAME
	$(BIN)/python -m siffra static $(or $(SPACE),$(error Expected SPACE=USER/NAME)) \
		--model $(or $(MODEL),model)

web: .venv/.app ## serve the static page on http://127.0.0.1:8000
	$(BIN)/python -m siffra export build/web
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/web 8000

package: node_modules/.package-lock.json ## build an npm package of the reader in build/
	rm -rf build/package
	$(BIN)/python -m siffra export build/package
	$(NPM) run --silent package

bench: .venv/.development ## measure speed, load and memory; write docs/benchmarks.md
	$(BIN)/python tests/browser/browser.py
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

reliability: .venv/.development ## measure load, limits and recovery; write docs/reliability.md
	$(BIN)/python tests/browser/browser.py
	$(BIN)/python -m benchmarks.reliability --write docs/reliability.md

scoreboard: build/scoreboard/.tools $(HELD_OUT)/config.json ## compare with other readers; write docs/scoreboard.md: make scoreboard STROKES=FILE
	$(BIN)/python -m benchmarks.scoreboard --model $(HELD_OUT) --data $(DATA) \
		--strokes $(or $(STROKES),$(error Expected STROKES=FILE)) \
		$(if $(PHOTOS),--photos $(PHOTOS)) --write docs/scoreboard.md

$(HELD_OUT)/config.json: | .venv/.development
	$(BIN)/python train.py --data $(DATA) --output $(HELD_OUT) \
		$(WITH_STROKES) $(if $(OTHERS),--others $(OTHERS)) \
		--skip-comparison --skip-search --hold-out-test

build/scoreboard/.tools: .venv/.development
	@command -v tesseract > /dev/null || { echo "Tesseract is missing: sudo apt install tesseract-ocr"; exit 1; }
	@echo "Installing the other readers into build/scoreboard, mostly PyTorch: 6 GB on the disk."
	$(PYTHON) -m venv build/scoreboard/python
	build/scoreboard/python/bin/python -m pip install --quiet --disable-pip-version-check digit-recognizer-py==0.1.0
	$(NPM) install --prefix build/scoreboard --silent --ignore-scripts tesseract.js@7.0.0 @tesseract.js-data/eng@1.0.0
	touch $@

screenshots: .venv/.development ## save the pictures of the app in docs/images
	$(BIN)/python tests/browser/browser.py
	PYTHONPATH=tests $(BIN)/python tests/browser/screenshot.py

sketchpad: .venv/.development ## write docs/sketchpad.py, the pad in one file, from web/pad.js
	$(BIN)/python docs/build_sketchpad.py

api: .venv/.development ## write docs/api.md from the docstrings
	$(BIN)/python docs/api.py

versions: .venv/.development ## run all tests on each Python, and on the oldest and newest packages
	$(BIN)/python tests/browser/browser.py
	$(BIN)/python tests/oldest.py > .venv/oldest.txt
	@for python in $(PYTHONS); do if $$python --version 2>/dev/null; then \
		$(MAKE) PYTHON=$$python NAME=$$python WITH='--no-deps -r .venv/development.txt' .venv-with \
		|| exit 1; else echo "$$python is not installed: skipped"; fi; done
	$(MAKE) NAME=oldest WITH='-c .venv/oldest.txt .[training,test]' .venv-with
	$(MAKE) NAME=newest WITH='--upgrade --upgrade-strategy eager .[training,test]' .venv-with

.PHONY: .venv-with
.venv-with:
	rm -rf .venv-$(NAME)
	$(PYTHON) -m venv .venv-$(NAME)
	.venv-$(NAME)/bin/python -m pip install --quiet --disable-pip-version-check $(WITH)
	.venv-$(NAME)/bin/python $(INSTALL) --no-build-isolation -e .
	.venv-$(NAME)/bin/python -m pip freeze --exclude-editable
	.venv-$(NAME)/bin/python -m pytest $(PARALLEL)

constraints: .venv/.tools ## pin all packages and their hashes; UPGRADE=1 for newer versions
	PATH="$(CURDIR)/$(BIN):$$PATH" UPGRADE=$(UPGRADE) $(BIN)/python .ci/constraints.py

audit: .venv/.tools ## look up the pinned packages among the known vulnerabilities
	$(BIN)/pip-audit --strict --disable-pip -r constraints.txt

clean: ## remove what the other targets installed
	rm -rf .venv .venv-* node_modules

.venv/.app: constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Found Python %d.%d, but 3.11 or newer is needed: make PYTHON=python3.12" % v[:2])'
	@echo "Installing Gradio, scikit-learn, OpenCV and what they need into .venv:"
	@echo "a download of 0.2 GB, and 0.7 GB on the disk. This takes one to five minutes, once."
	$(PYTHON) -m venv .venv
	sed '/^# Development/,$$d' constraints.txt > .venv/app.txt
	$(BIN)/python $(INSTALL) --require-hashes -r .venv/app.txt
	touch $@

.venv/.development: .venv/.app pyproject.toml
	sed '/^# Tools/,$$d' constraints.txt > .venv/development.txt
	$(BIN)/python $(INSTALL) --require-hashes -r .venv/development.txt
	$(BIN)/python $(INSTALL) --no-build-isolation -e .
	touch $@

node_modules/.package-lock.json: package-lock.json | .venv/.development
	$(NPM) ci --no-audit --no-fund --loglevel=error
	touch $@

.venv/.tools: .venv/.development
	$(BIN)/python $(INSTALL) --require-hashes -r constraints.txt
	touch $@
