"""A real browser for the pages, its network switched off: opens bytes as a file, reports what was asked of the network."""

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
        self.resize(width, height)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get(path.as_uri())

    def resize(self, width: int, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def wait_for(self, script: str) -> None:
        """Wait until the script answers with something true: a library draws after the page was loaded."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 60, poll_frequency=0.05).until(lambda driver: driver.execute_script(script))

    def ask(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        """What the browser wrote to its console since the page was opened: violations of the policy, errors of scripts."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

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


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    driver = start_chromium(folder / "profile")
    yield Browser(driver, folder)
    driver.quit()
