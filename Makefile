# Every task makes its own environment in .venv on first use. Without make (Windows):
#     python scripts/dev.py TASK
PYTHON ?= python3

.PHONY: help demo test test-slow check docs bench lock env

help:
	@echo "make demo       share real recordings, end to end, and say where to look"
	@echo "make test       all tests but the slow ones"
	@echo "make test-slow  the slow ones"
	@echo "make check      format, lint, types, imports, house rules, documentation"
	@echo "make docs       documentation, in docs/_build/html"
	@echo "make bench      benchmarks, beside the plain way"
	@echo "make lock       resolve the pins of requirements.lock anew"
	@echo "make env        only prepare .venv, with all that the other tasks need"

demo test test-slow check docs bench lock env:
	@$(PYTHON) scripts/dev.py $@
