"""Takes the pictures of the guide (docs/bilder/) from the example: its page, the review of its transcript, its report.

    .venv/bin/python tools/guide_pictures.py [FOLDER OF A SHOW WITH THE PRODUCED EXAMPLE]

Needs Chromium, and the example as `make episode EPISODE=0` made it.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pipeline import addresses
from pipeline.paths import ShowPaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
EPISODE = "000-beispiel"
WIDTH, HEIGHT = 1000, 640  # CSS pixels; small enough for a guide, wide enough for the review's two columns


def main() -> None:
    show = ShowPaths(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(show.feed.file(addresses.page(EPISODE)).as_uri())
        _keep(page, "folge")
        page.goto(show.episode(EPISODE).report_page.as_uri())
        _keep(page, "bericht")
        with serving(ReviewSession(show.root, EPISODE, now=lambda: datetime.now(UTC)), port=0) as server:
            page.goto(server.address)
            page.locator("#status", has_text="Alles gesichert").wait_for()
            for first_time in ("Verstanden", "Schließen"):
                page.get_by_role("button", name=first_time, exact=True).first.click()
            _keep(page, "gegenlesen")
        browser.close()


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(500)  # fonts and drawings
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(ROOT / f"docs/bilder/{name}.webp", quality=70, method=6)


if __name__ == "__main__":
    main()
