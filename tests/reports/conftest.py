"""A real browser for the pages: opens bytes as a file, reports what was asked of the network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser import start_chromium


@dataclass(frozen=True)
class Browser:
    """A Chromium and a folder for the files it opens."""

    driver: Any
    folder: Path

    def open(self, page: bytes, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        path = self.folder / "page.html"
        path.write_bytes(page)
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        )
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def requests(self) -> list[tuple[str, str]]:
        """Addresses asked for since the page was opened, the page itself left out, each with what blocked it (empty: nothing did)."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        params = {m["params"]["requestId"]: m["params"] for m in messages if m["method"] == "Network.loadingFailed"}
        sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        asked = [(p["request"]["url"], params.get(p["requestId"], {}).get("blockedReason", "")) for p in sent]
        return [(url, blocked) for url, blocked in asked if url != (self.folder / "page.html").as_uri()]

    def print_to_pdf(self) -> bytes:
        printed = self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
        return base64.b64decode(printed["data"])

    def screenshot(self) -> bytes:
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        return base64.b64decode(taken["data"])


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    driver = start_chromium(folder / "profile")
    yield Browser(driver, folder)
    driver.quit()
