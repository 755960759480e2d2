# One target per verb of the pipeline; `make` alone lists them. Set-up and dependencies are decided elsewhere:
# tools/setup.py makes .venv once, and the pipeline itself knows what is up to date.

# The environment's own Python once it is there: it is the same one, and starts faster than a version manager's.
PYTHON ?= $(firstword $(wildcard .venv/bin/python) python3)
PODCAST := .venv/bin/podcast
BIN := .venv/bin

# Handed over by environment, so that no shell ever reads a title or a name.
export PODCAST_EPISODE := $(value EPISODE)
export PODCAST_TITLE := $(value TITLE)

EPISODE_VERBS := episode assemble speakers normalise transcribe split retime encode tag shownotes release
SHOW_VERBS := new status feed pages

.DEFAULT_GOAL := help
.PHONY: $(EPISODE_VERBS) $(SHOW_VERBS) setup setup-dev test lint bench clean help

$(EPISODE_VERBS): setup
	@$(PODCAST) $@ $(if $(PODCAST_EPISODE),,--help)

$(SHOW_VERBS): setup
	@$(PODCAST) $@

setup:
	@$(PYTHON) tools/setup.py

setup-dev:
	@$(PYTHON) tools/setup.py --dev

test: setup-dev
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: setup-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: setup-dev
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

# What was promised to subscribers stays: a released MP3 cannot be made again with the same bytes everywhere.
clean:
	@rm -rf episodes/.work preview .coverage* build *.egg-info
	@for home in episodes/*/; do [ -e "$$home/release.json" ] || rm -rf "$$home/work"; done
	@for mp3 in feed/audio/*.mp3; do [ -e "episodes/$$(basename "$$mp3" .mp3)/release.json" ] || rm -f "$$mp3"; done
	@find feed -mindepth 1 -not -name .gitignore -not -path 'feed/audio*' -delete
	@echo "Alles Gemachte ist weg, Veröffentlichtes, Geschriebenes und Aufnahmen sind noch da."

help:
	@echo "make episode EPISODE=0            eine Folge ganz produzieren (Ordner, Nummer oder Kurzname)"
	@echo "make new EPISODE=7 TITLE=\"…\"      eine neue Folge anlegen"
	@echo "make status [EPISODE=7]           was zu tun wäre und warum"
	@echo "make release EPISODE=7            veröffentlichen: Audio und Eintrag einfrieren"
	@echo "make feed | pages                 den ganzen Podcast auf den Stand bringen"
	@echo "einzelne Schritte, mit EPISODE=…: assemble speakers normalise transcribe split retime"
	@echo "                                  encode tag shownotes"
	@echo "make setup | test | lint | bench | clean | help"
