# One target per verb of the pipeline; `make` without a target lists them. Set-up and dependencies are handled
# elsewhere: tools/setup.py creates .venv once, and the pipeline itself knows what is up to date.

# The environment's Python if it exists: it is the same one, and starts faster than a version manager's.
PYTHON ?= $(firstword $(wildcard .venv/bin/python) python3)
# In a folder that `podcast init` made there is no .venv: there the installed program is called, which has its packages.
CHECKOUT := $(wildcard tools/setup.py)
PODCAST := $(if $(CHECKOUT),.venv/bin/podcast,podcast)
BIN := .venv/bin

# Passed through the environment, so that no shell ever parses a title or a name.
export PODCAST_EPISODE := $(value EPISODE)
export PODCAST_TITLE := $(value TITLE)
export PODCAST_FILE := $(value FILE)
export PODCAST_REPLACE := $(value REPLACE)
export PODCAST_AGAIN := $(value AGAIN)
export PODCAST_TAKE_DRAFT := $(value TAKE_DRAFT)
export PODCAST_FROM := $(value FROM)
export PODCAST_TO := $(value TO)
export PODCAST_KEEP_ALIAS := $(value KEEP_ALIAS)
export PODCAST_SPEAKER := $(value SPEAKER)
export PODCAST_CONSENT := $(value CONSENT)
export PODCAST_YES := $(value YES)
export PODCAST_PORT := $(value PORT)
export PODCAST_WORKERS := $(value WORKERS)
export PODCAST_SCHEDULER := $(value SCHEDULER)
export PODCAST_ACCEPT := $(value ACCEPT)
export PODCAST_UPLOADED := $(value UPLOADED)
export PODCAST_NEW_AUDIO := $(value NEW_AUDIO)
export PODCAST_REASON := $(value REASON)
export PODCAST_UNDO := $(value UNDO)
export PODCAST_ONLINE := $(value ONLINE)
export PODCAST_DRY_RUN := $(value DRY_RUN)
export PODCAST_VERIFY := $(value VERIFY)
export PODCAST_AUDIO := $(value AUDIO)
export PODCAST_HOST := $(value HOST)
export PODCAST_EXTRAS := $(value EXTRAS)
export PODCAST_MAX_MB := $(value MAX_MB)
export PODCAST_MODEL := $(value MODEL)

EPISODE_VERBS := episode assemble speakers normalise transcribe split retime encode report tag shownotes review release withdraw
SHOW_VERBS := init new status feed pages search preview check publish import-feed
GROUP_VERBS := transcript-check transcript-format transcript-import transcript-diff transcript-not-spoken chapters-propose cuts-propose
SPEAKER_VERBS := speaker-list speaker-rename speaker-remember speaker-forget
MODEL_VERBS := model-list model-fetch model-add
SETUP_VERBS := setup-voices setup-sftp setup-s3 setup-cluster

.DEFAULT_GOAL := help
.PHONY: $(EPISODE_VERBS) $(SHOW_VERBS) $(GROUP_VERBS) $(SPEAKER_VERBS) $(MODEL_VERBS) $(SETUP_VERBS) model episodes setup setup-pyannote setup-dev test lint bench sbom wheel clean help

$(EPISODE_VERBS): setup
	@$(PODCAST) $@ $(if $(PODCAST_EPISODE),,--help)

$(SHOW_VERBS): setup
	@$(PODCAST) $@

$(GROUP_VERBS) $(SPEAKER_VERBS) $(MODEL_VERBS) $(SETUP_VERBS): setup
	@$(PODCAST) $(firstword $(subst -, ,$@)) $(patsubst $(firstword $(subst -, ,$@))-%,%,$@)

model: setup
	@$(PODCAST) model $(if $(PODCAST_MODEL),fetch,list)

episodes: setup
	@$(PODCAST) episode --all

setup:
	@$(if $(CHECKOUT),$(PYTHON) tools/setup.py,$(if $(filter setup,$(MAKECMDGOALS)),$(PODCAST) setup voices))

setup-pyannote: setup
	@$(if $(CHECKOUT),$(BIN)/python tools/setup_pyannote.py,echo "pyannote geht nur mit dem Quelltext des Programms (make setup-pyannote dort)." && false)

setup-dev:
	@$(PYTHON) tools/setup.py --dev

test: setup-dev
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: setup-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: setup-dev
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

wheel: setup
	@$(BIN)/python -m pip --quiet --disable-pip-version-check wheel --no-build-isolation --no-deps --wheel-dir build . && ls build/*.whl

sbom: setup-dev
	@$(BIN)/python -m tools.sbom

# Keeps what was promised to subscribers: other machines may not make released audio again with the same bytes.
clean:
	@rm -rf preview .coverage* build *.egg-info
	@for work in episodes/.work episodes/*/work; do \
	  [ ! -d "$$work" ] || [ -e "$$work/../release.json" ] || find "$$work" -mindepth 1 -maxdepth 1 -not -name gesichert -exec rm -rf {} +; \
	done
	@for file in feed/audio/*; do \
	  name=$$(basename "$$file"); [ -e "episodes/$${name%%.*}/release.json" ] || rm -f "$$file"; \
	done
	@find feed -mindepth 1 -not -name .gitignore -not -path 'feed/audio*' -delete
	@echo "Alles Gemachte ist weg. Veröffentlichtes, Geschriebenes, Gesichertes und Aufnahmen sind noch da."

help:
	@echo "make episode EPISODE=0            eine Folge ganz produzieren (Ordner, Nummer oder Kurzname)"
	@echo "make episodes [WORKERS=2]         alle Folgen, so viele zugleich; SCHEDULER=tcp://…: auf mehreren Rechnern"
	@echo "make new EPISODE=7 TITLE=\"…\"      eine neue Folge anlegen"
	@echo "make status [EPISODE=7]           was zu tun wäre und warum; ohne EPISODE: wo jede Folge steht"
	@echo "make release EPISODE=7            veröffentlichen: Audio und Eintrag einfrieren"
	@echo "                                  NEW_AUDIO=1: neue Aufnahme einer veröffentlichten Folge; YES=1: auch wenn"
	@echo "                                  das Transkript der unveränderte Entwurf ist, ohne Rückfrage"
	@echo "make withdraw EPISODE=7 REASON=\"…\" eine veröffentlichte Folge zurückziehen; UNDO=1: wieder anbieten"
	@echo "make check [EPISODE=7] [ONLINE=1] vor dem Veröffentlichen prüfen; ONLINE: auch Links nach außen"
	@echo "make publish [DRY_RUN=1] [VERIFY=1] fällige Folgen veröffentlichen und feed/ hochladen (DRY_RUN: nur zeigen;"
	@echo "                                  VERIFY: danach unter der öffentlichen Adresse nachsehen;"
	@echo "                                  YES=1: jede Rückfrage bejahen: Transkripte, die niemand korrigiert hat,"
	@echo "                                  veröffentlichen, Zurückgezogenes dort löschen)"
	@echo "make feed                         in feed/ nur den Feed und die Audiodateien auf den Stand bringen"
	@echo "                                  ACCEPT=guid,…: Abgelehntes erlauben; UPLOADED=1: feed/ ist hochgeladen"
	@echo "make pages | search               in feed/ nur die Seiten samt Transkripten | nur die Suche"
	@echo "make feed pages search            alle drei: feed/ ganz, ohne dass eine Folge produziert wird. Jeder der drei"
	@echo "                                  sagt, was Abonnent*innen sehen werden"
	@echo "make preview [PORT=8000]          die Seiten auf diesem PC ansehen; sie folgen jeder Änderung"
	@echo "make assemble | speakers | normalise | transcribe | split | retime | encode | report | tag | shownotes EPISODE=7"
	@echo "                                  ein einzelner Schritt, mit allen, die er braucht"
	@echo "make transcribe | speakers EPISODE=7 AGAIN=1"
	@echo "                                  noch einmal hören | Stimmen trennen, auch wenn nichts geändert ist;"
	@echo "                                  Korrigiertes bleibt, der neue Entwurf liegt daneben"
	@echo "make review EPISODE=7 [PORT=8010] ein Transkript nach Gehör korrigieren, im Browser"
	@echo "make transcript-check [EPISODE=7] ein Transkript prüfen; ohne EPISODE: alle"
	@echo "make transcript-format EPISODE=7  ein Transkript in die Hausform bringen"
	@echo "make transcript-import EPISODE=7 FILE=… ein Transkript einlesen, das anderswo entstanden ist"
	@echo "                                  REPLACE=1: auch anstelle eines bearbeiteten; UNDO=1: das Einlesen zurücknehmen"
	@echo "                                  SPEAKER=\"Tom=Tom Takt\": wer mit einem Namen der Datei gemeint ist (mehrere mit ;)"
	@echo "make transcript-diff EPISODE=7    was ein neuer Entwurf anders sagt als das bearbeitete Transkript"
	@echo "make transcript-not-spoken EPISODE=7 [FROM=12:34] [TO=12:50] vermerken, dass dort niemand spricht, obwohl etwas"
	@echo "                                  gehört wurde (ohne TO: die ganze Stelle); ohne FROM: zeigen, was gehört wurde"
	@echo "                                  und nicht im Transkript steht; UNDO=1 mit FROM: den Vermerk zurücknehmen"
	@echo "make split | episode EPISODE=7 TAKE_DRAFT=1"
	@echo "                                  den neuen Entwurf an die Stelle des bearbeiteten Transkripts setzen"
	@echo "make chapters-propose EPISODE=7   Kapitel vorschlagen, zum Einfügen in episode.toml"
	@echo "make cuts-propose EPISODE=7       Schnitte vorschlagen: Füllwörter, Husten, Neuansätze, lange Pausen"
	@echo "make speaker-list                 wer in welcher Folge spricht, und welche Stimmen gemerkt sind"
	@echo "make speaker-rename FROM=\"…\" TO=\"…\" einen Namen überall ändern (YES=1: ohne Rückfrage; KEEP_ALIAS=1: der"
	@echo "                                  alte gilt weiter)"
	@echo "make speaker-remember SPEAKER=\"…\" EPISODE=7 CONSENT=\"…\" eine Stimme merken, mit Einwilligung"
	@echo "make speaker-forget SPEAKER=\"…\"   eine gemerkte Stimme löschen"
	@echo "make model-list                   welche Whisper-Modelle es gibt, was sie kosten, welche hier liegen"
	@echo "make model | model-fetch MODEL=base ein Modell laden und prüfen"
	@echo "make model-add FILE=…             ein Modell vom Stick oder aus dem Hausnetz übernehmen (Datei oder Ordner)"
	@echo "make import-feed FILE=…           einen bestehenden Podcast aus seinem Feed übernehmen (Datei oder Adresse)"
	@echo "                                  mit AUDIO=1 samt Audio, HOST=1 auch selbst anbieten, EXTRAS=1 samt Kapiteln;"
	@echo "                                  MAX_MB=50: bis 50 MB je Seite des Feeds lesen (sonst 20)"
	@echo "make init TITLE=\"…\"              einen eigenen Podcast anlegen: ein neuer Ordner, neben diesem"
ifneq ($(CHECKOUT),)
	@echo "make setup                        alles Nötige in .venv/ installieren; geschieht sonst von selbst"
endif
	@echo "make setup-cluster                dazu, was mehrere Rechner brauchen (SCHEDULER)"
	@echo "make setup-sftp | setup-s3        dazu, was das Hochladen per SFTP | nach S3 braucht"
	@echo "make setup-voices                 die Gewichte laden, mit denen Stimmen getrennt werden (81 MB)"
ifneq ($(CHECKOUT),)
	@echo "make setup-pyannote               dazu, was das Trennen der Stimmen mit pyannote braucht"
	@echo "make test [ARGS=…]                die Tests des Programms; ARGS: was pytest noch mitbekommt"
	@echo "make lint | bench                 Stil und Typen prüfen | messen, für die Arbeit am Programm"
	@echo "make wheel                        das Programm zum Installieren packen: build/…whl"
	@echo "make sbom                         die Stückliste der Pakete schreiben (CycloneDX): build/sbom.json"
endif
	@echo "make clean                        löschen, was sich neu machen lässt; Geschriebenes und Veröffentlichtes bleibt"
	@echo "make help                         diese Übersicht"
