# One target per verb of the pipeline; `make` without a target says what to do next and lists them. Set-up and
# dependencies are handled elsewhere: tools/setup.py creates .venv once, and the pipeline itself knows what is up to date.

# The environment's Python if it exists: it is the same one, and starts faster than a version manager's.
PYTHON ?= $(firstword $(wildcard .venv/bin/python) python3)
# In a folder that `podcast init` made there is no .venv: there the installed program is called, which has its packages.
CHECKOUT := $(wildcard tools/setup.py)
PODCAST := $(if $(CHECKOUT),.venv/bin/podcast,podcast)
BIN := .venv/bin

# The last line of a failed run is the program's own. GNU make reports every line of a recipe that fails ("*** [episode]
# Error 8"), except in question mode (-q): there it runs the lines that begin with `+`, and ends with 1 if one of them
# ends with 1. `trap` keeps the shell alive at Ctrl-C, which make would report too; so it does of a shell that ends before
# make itself has seen Ctrl-C ("*** wait: No child processes"), hence the sleep. With -n, -t or -q of the caller's own
# (the letters in the first word of MAKEFLAGS) all is as usual. Programs that run here get no flags of ours.
ASKED := $(filter-out -%,$(firstword $(MAKEFLAGS)))
ifeq (,$(findstring n,$(ASKED))$(findstring q,$(ASKED))$(findstring t,$(ASKED)))
  MAKEFLAGS += -q
  RUN := +@MAKEFLAGS=; trap : INT;
  ENDED := || { code=$$?; [ $$code -lt 129 ] || [ $$code -eq 130 ] || \
    printf '\nFehler: Der Befehl wurde von außen beendet (Signal %d).\n  Was tun: Ihn wiederholen; er macht dort weiter. Meist fehlt Arbeitsspeicher.\n' \
      $$((code - 128)) >&2; [ $$code -ne 130 ] || sleep 0.3; exit 1; }
else
  RUN := @
  ENDED :=
endif

# The program names commands as they were called.
export PODCAST_CALLED_BY := make

# Passed through the environment, so that no shell ever parses a title or a name.
export PODCAST_EPISODE := $(value EPISODE)
export PODCAST_TITLE := $(value TITLE)
export PODCAST_DATE := $(value DATE)
export PODCAST_DRAFT := $(value DRAFT)
export PODCAST_SPEAKERS := $(value SPEAKERS)
export PODCAST_SUMMARY := $(value SUMMARY)
export PODCAST_TOPICS := $(value TOPICS)
export PODCAST_CHAPTERS := $(value CHAPTERS)
export PODCAST_RECORDING := $(value RECORDING)
export PODCAST_SEASON := $(value SEASON)
export PODCAST_TYPE := $(value TYPE)
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
export PODCAST_NOTIFY := $(or $(value NOTIFY),$(PODCAST_NOTIFY))
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
export PODCAST_LOG := $(value LOG)

EPISODE_VERBS := set episode assemble speakers normalise transcribe split retime encode report tag shownotes review release withdraw
SHOW_VERBS := init new status feed pages search preview check publish stats import-feed
GROUP_VERBS := transcript-check transcript-format transcript-import transcript-diff transcript-not-spoken chapters-propose cuts-propose
SPEAKER_VERBS := speaker-list speaker-rename speaker-remember speaker-forget
MODEL_VERBS := model-list model-fetch model-add
SETUP_VERBS := setup-voices setup-sftp setup-s3 setup-cluster

.DEFAULT_GOAL := help
.PHONY: $(EPISODE_VERBS) $(SHOW_VERBS) $(GROUP_VERBS) $(SPEAKER_VERBS) $(MODEL_VERBS) $(SETUP_VERBS) model episodes setup setup-pyannote setup-dev test lint bench sbom wheel clean help

$(EPISODE_VERBS): setup
	$(RUN) $(PODCAST) $@ $(ENDED)

$(SHOW_VERBS): setup
	$(RUN) $(PODCAST) $@ $(ENDED)

$(GROUP_VERBS) $(SPEAKER_VERBS) $(MODEL_VERBS) $(SETUP_VERBS): setup
	$(RUN) $(PODCAST) $(firstword $(subst -, ,$@)) $(patsubst $(firstword $(subst -, ,$@))-%,%,$@) $(ENDED)

model: setup
	$(RUN) $(PODCAST) model $(if $(PODCAST_MODEL),fetch,list) $(ENDED)

episodes: setup
	$(RUN) $(PODCAST) episode --all $(ENDED)

setup:
	$(RUN) $(if $(CHECKOUT),$(PYTHON) tools/setup.py,$(if $(filter setup,$(MAKECMDGOALS)),$(PODCAST) setup voices,true)) $(ENDED)

setup-pyannote: setup
	$(RUN) $(if $(CHECKOUT),$(BIN)/python tools/setup_pyannote.py,echo "pyannote geht nur mit dem Quelltext des Programms (make setup-pyannote dort)." && false) $(ENDED)

setup-dev:
	$(RUN) $(PYTHON) tools/setup.py --dev $(ENDED)

test: setup-dev
	$(RUN) $(BIN)/python -m pytest -n auto $(ARGS) $(ENDED)

lint: setup-dev
	$(RUN) $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports && \
	  $(BIN)/mypy --platform win32 --cache-dir .mypy_cache/windows pipeline tools/setup.py tools/example.py $(ENDED)

bench: setup-dev
	$(RUN) for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done $(ENDED)

wheel: setup
	$(RUN) $(BIN)/python -m pip --quiet --disable-pip-version-check wheel --no-build-isolation --no-deps --wheel-dir build . && ls build/*.whl $(ENDED)

sbom: setup-dev
	$(RUN) $(BIN)/python -m tools.sbom $(ENDED)

# Keeps what was promised to subscribers: other machines may not make released audio again with the same bytes.
clean:
	$(RUN) rm -rf preview .coverage* build *.egg-info $(ENDED)
	$(RUN) for work in episodes/.work episodes/*/work; do \
	  [ ! -d "$$work" ] || [ -e "$$work/../release.json" ] || find "$$work" -mindepth 1 -maxdepth 1 -not -name gesichert -exec rm -rf {} +; \
	done $(ENDED)
	$(RUN) for file in feed/audio/*; do \
	  name=$$(basename "$$file"); [ -e "episodes/$${name%%.*}/release.json" ] || rm -f "$$file"; \
	done $(ENDED)
	$(RUN) find feed -mindepth 1 -not -name .gitignore -not -path 'feed/audio*' -delete $(ENDED)
	$(RUN) echo "Alles Gemachte ist weg. Veröffentlichtes, Geschriebenes, Gesichertes und Aufnahmen sind noch da." $(ENDED)

define LIST
make episode EPISODE=0          eine Folge ganz produzieren (Ordner, Nummer oder
                                Kurzname)
                                NOTIFY=1: am Ende läuten und, wo es geht, eine
                                Meldung auf dem Schreibtisch zeigen
make episodes [WORKERS=2]       alle Folgen, so viele zugleich
                                SCHEDULER=tcp://…: auf mehreren Rechnern
                                NOTIFY=1: am Ende läuten
make new EPISODE=7 TITLE="…"    eine neue Folge anlegen; fragt, wer spricht
                                SPEAKERS="…": ohne Frage
make set EPISODE=7              Titel, Termin, Namen, Kapitel … ändern: fragt
                                und zeigt es vorher; oder gleich:
                                DATE="3.12.2026, 6 Uhr" SUMMARY="…" TITLE="…"
                                SPEAKERS="Klara Klang, Tom Takt" TOPICS="…"
                                CHAPTERS="0:00 Anfang; 4:10 Netz" DRAFT=nein
                                RECORDING=raw.flac SEASON=2 TYPE=trailer
                                YES=1: ohne Rückfrage
make status [EPISODE=7]         was zu tun wäre und warum; ohne EPISODE: wo jede
                                Folge steht
make release EPISODE=7          veröffentlichen: Audio und Eintrag einfrieren
                                NEW_AUDIO=1: neue Aufnahme einer
                                veröffentlichten Folge
                                YES=1: auch wenn das Transkript der unveränderte
                                Entwurf ist, ohne Rückfrage
make withdraw EPISODE=7 REASON="…"
                                eine veröffentlichte Folge zurückziehen
                                UNDO=1: wieder anbieten
make check [EPISODE=7] [ONLINE=1]
                                vor dem Veröffentlichen prüfen
                                ONLINE: auch Links nach außen
make publish [DRY_RUN=1] [VERIFY=1]
                                fällige Folgen veröffentlichen und feed/
                                hochladen
                                DRY_RUN: nur zeigen
                                VERIFY: danach unter der öffentlichen Adresse
                                nachsehen
                                YES=1: jede Rückfrage bejahen (Transkripte, die
                                niemand korrigiert hat, veröffentlichen;
                                Zurückgezogenes dort löschen)
make stats LOG="/var/log/nginx/access.log*"
                                Downloads zählen, ohne eine Adresse zu behalten
                                TO=…: ein anderer Ordner für das Ergebnis
make feed                       in feed/ nur den Feed und die Audiodateien auf
                                den Stand bringen
                                ACCEPT=guid,…: Abgelehntes erlauben
                                UPLOADED=1: feed/ ist hochgeladen
make pages | search             in feed/ nur die Seiten samt Transkripten | nur
                                die Suche
make feed pages search          alle drei: feed/ ganz, ohne dass eine Folge
                                produziert wird. Jeder der drei sagt, was
                                Abonnent*innen sehen werden
make preview [PORT=8000]        die Seiten auf diesem PC ansehen; sie folgen
                                jeder Änderung
make assemble | speakers | normalise | transcribe | split | retime | encode |
     report | tag | shownotes EPISODE=7
                                ein einzelner Schritt, mit allen, die er braucht
                                NOTIFY=1: am Ende läuten
make transcribe | speakers EPISODE=7 AGAIN=1
                                noch einmal hören | Stimmen trennen, auch wenn
                                nichts geändert ist; Korrigiertes bleibt, der
                                neue Entwurf liegt daneben
make review EPISODE=7 [PORT=8010]
                                ein Transkript nach Gehör korrigieren, im
                                Browser
make transcript-check [EPISODE=7]
                                ein Transkript prüfen; ohne EPISODE: alle
make transcript-format EPISODE=7
                                ein Transkript in die Hausform bringen
make transcript-import EPISODE=7 FILE=…
                                ein Transkript einlesen, das anderswo entstanden
                                ist
                                REPLACE=1: auch anstelle eines bearbeiteten
                                UNDO=1: das Einlesen zurücknehmen
                                SPEAKER="Tom=Tom Takt": wer mit einem Namen der
                                Datei gemeint ist (mehrere mit ;)
make transcript-diff EPISODE=7  was ein neuer Entwurf anders sagt als das
                                bearbeitete Transkript
make transcript-not-spoken EPISODE=7 [FROM=12:34] [TO=12:50]
                                vermerken, dass dort niemand spricht, obwohl
                                etwas gehört wurde (ohne TO: die ganze Stelle);
                                ohne FROM: zeigen, was gehört wurde und nicht im
                                Transkript steht
                                UNDO=1 mit FROM: den Vermerk zurücknehmen
make split | episode EPISODE=7 TAKE_DRAFT=1
                                den neuen Entwurf an die Stelle des bearbeiteten
                                Transkripts setzen
make chapters-propose EPISODE=7 Kapitel vorschlagen, zum Einfügen in
                                episode.toml
make cuts-propose EPISODE=7     Schnitte vorschlagen: Füllwörter, Husten,
                                Neuansätze, lange Pausen
make speaker-list               wer in welcher Folge spricht, und welche Stimmen
                                gemerkt sind
make speaker-rename FROM="…" TO="…"
                                einen Namen überall ändern
                                YES=1: ohne Rückfrage
                                KEEP_ALIAS=1: der alte gilt weiter
make speaker-remember SPEAKER="…" EPISODE=7 CONSENT="…"
                                eine Stimme merken, mit Einwilligung
make speaker-forget SPEAKER="…" eine gemerkte Stimme löschen
make model-list                 welche Whisper-Modelle es gibt, was sie kosten,
                                welche hier liegen
make model | model-fetch MODEL=base
                                ein Modell laden und prüfen
make model-add FILE=…           ein Modell vom Stick oder aus dem Hausnetz
                                übernehmen (Datei oder Ordner)
make import-feed FILE=…         einen bestehenden Podcast aus seinem Feed
                                übernehmen (Datei oder Adresse)
                                AUDIO=1: samt Audio
                                HOST=1: auch selbst anbieten
                                EXTRAS=1: samt Kapiteln
                                MAX_MB=50: bis 50 MB je Seite des Feeds lesen
                                (sonst 20)
make init TITLE="…"             einen eigenen Podcast anlegen: ein neuer Ordner,
                                neben diesem
make setup-cluster              dazu, was mehrere Rechner brauchen (SCHEDULER)
make setup-sftp | setup-s3      dazu, was das Hochladen per SFTP | nach S3
                                braucht
make setup-voices               die Gewichte laden, mit denen Stimmen getrennt
                                werden (81 MB)
make clean                      löschen, was sich neu machen lässt;
                                Geschriebenes und Veröffentlichtes bleibt
make help                       diese Übersicht
endef

# Only where the program's own source lies.
define LIST_HERE

make setup                      alles Nötige in .venv/ installieren; geschieht
                                sonst von selbst
make setup-pyannote             dazu, was das Trennen der Stimmen mit pyannote
                                braucht
make test [ARGS=…]              die Tests des Programms
                                ARGS: was pytest noch mitbekommt
make lint | bench               Stil und Typen prüfen | messen, für die Arbeit
                                am Programm
make wheel                      das Programm zum Installieren packen:
                                build/…whl
make sbom                       die Stückliste der Pakete schreiben
                                (CycloneDX): build/sbom.json
endef

help: export PODCAST_LIST = $(LIST)
help: export PODCAST_LIST_HERE = $(if $(CHECKOUT),$(LIST_HERE))
help:
	$(RUN) if command -v $(firstword $(PODCAST)) >/dev/null; then $(PODCAST) status --next; \
	  else printf '%s\n' "Als Nächstes: make episode EPISODE=0" \
    "  Das richtet alles ein und produziert das Beispiel."; fi; \
	  printf '\n%s\n' "$$PODCAST_LIST$$PODCAST_LIST_HERE"
