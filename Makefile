# Two commands: `make run` starts the dashboard, `make test` checks everything.
# Each builds what it needs; a second call starts at once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
TORCH := $(shell grep -E '^torch==' requirements.txt)

.PHONY: run test lint unit browser bench clean

run: $(VENV)/.runtime
	@echo "Lossoscope: http://127.0.0.1:$(PORT)   (Ctrl-C stops it)"
	@$(BIN)/streamlit run app.py --server.port $(PORT) --server.headless true

test: lint unit browser

lint: $(VENV)/.develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

unit: $(VENV)/.develop
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=30 -m "not browser"

browser: $(VENV)/.develop $(VENV)/.browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=15 -m browser tests/browser

bench: $(VENV)/.develop $(VENV)/.browser
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV)

# torch first and pinned: any other package that wants one then finds it there.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@bash tools/make_environment.sh "$(PYTHON)" "$(VENV)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.develop: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.browser: $(VENV)/.develop
	@bash tools/install_chromium.sh "$(BIN)"
	@touch $@
