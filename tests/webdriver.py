# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium driven through chromedriver's own protocol (W3C WebDriver)."""
import base64
import json
import os
import pathlib
import re
import subprocess
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage")


class Browser:
    """A session; use as a context manager. folder takes the profile and the downloads."""

    def __init__(self, folder, width=1280, height=900):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True,
                                       env={**os.environ, "HOME": str(self.folder)})
        port = next(int(m.group(1)) for line in self.driver.stdout
                    if (m := re.search(r"started successfully on port (\d+)", line)))
        self.address = f"http://127.0.0.1:{port}/session"
        options = {"args": [*FLAGS, f"--user-data-dir={self.folder / 'profile'}",
                            f"--window-size={width},{height}"]}
        capabilities = {"goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        session = self.call("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
        self.address += "/" + session["sessionId"]
        self.command("Browser.setDownloadBehavior", behavior="allow",
                     downloadPath=str(self.folder.resolve()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def call(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:500]) from error

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def open(self, path):
        self.call("POST", "/url", {"url": pathlib.Path(path).resolve().as_uri()})

    def run(self, script, *arguments):
        """The value of JavaScript with `return`."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return "/element/" + found[ELEMENT]

    def click(self, selector):
        self.call("POST", self.find(selector) + "/click")

    def type(self, selector, text):
        self.call("POST", self.find(selector) + "/value", {"text": text})

    def choose(self, selector, value):
        """Picks a value of a select element as a user's change."""
        self.run("const e = document.querySelector(arguments[0]); e.value = arguments[1];"
                 "e.dispatchEvent(new Event('change'));", selector, value)

    def text(self, selector):
        return self.call("GET", self.find(selector) + "/text")

    def messages(self):
        """What the page said on the console since the last call."""
        return self.call("POST", "/se/log", {"type": "browser"})

    def requests(self):
        """Addresses that the page asked for since the last call."""
        entries = [json.loads(e["message"])["message"]
                   for e in self.call("POST", "/se/log", {"type": "performance"})]
        return [e["params"]["request"]["url"] for e in entries
                if e["method"] == "Network.requestWillBeSent"]

    def picture(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("GET", "/screenshot")))
