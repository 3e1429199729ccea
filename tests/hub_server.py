#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the Hub's /api/models on this machine, with the failures that the real one has.

    hub_server.py FOLDER

Writes its port to FOLDER/port and every request, with the token it carried, to FOLDER/requests; a
second server on FOLDER/other_port stands for another host. What it does wrong is set by the first
word of FOLDER/failure, read anew for each request:

    none           nothing
    429-seconds    each URL first gets 429 with Retry-After in seconds
    429-date       ... with Retry-After as a date
    429-ratelimit  ... with RateLimit: "api";r=0;t=1
    429-long       always 429 with Retry-After of a day
    500            each URL first gets 500, then 503, then 408
    dead           always 500
    used-up        every answer says RateLimit: "api";r=0;t=1
    truncated      each URL first breaks off in the middle of the body
    half-json      each URL first gets half the JSON, with a Content-Length to match
    slow           each URL first stalls in the middle of the body
    html           each URL first gets a page of HTML
    redirect       everything redirects to the other host, which answers
    loop           everything redirects to itself
    break          the second page of a list is 500 for ever
    stale          the second page of a list is gone (400) the first time
    circle         the second page names itself as the next
    foreign        the first page names a page on the other host as the next
    refused        401
    huge-wait      RateLimit: t=99999 with 429
"""
import collections
import email.utils
import http.server
import json
import pathlib
import sys
import threading
import time
import urllib.parse

FOLDER = pathlib.Path(sys.argv[1])
PAGE = 20  # records of a page, whatever the limit asked for
BASES = ["org/alpha", "org/beta", "lab/gamma"]


def make_models():
    models = [{"id": base, "createdAt": f"2024-0{i + 1}-15T12:00:00.000Z", "tags": [],
               "downloads": 100 - i} for i, base in enumerate(BASES)]
    for i in range(45):
        models.append({"id": f"user/child-{i}", "createdAt": f"2024-05-{i % 28 + 1:02d}T00:00:00.000Z",
                       "downloads": 1, "tags": ["base_model:org/alpha", "base_model:finetune:org/alpha"]})
    models.append({"id": "user/quantized", "createdAt": "2024-06-01T00:00:00.000Z", "downloads": 1,
                   "tags": ["base_model:org/alpha", "base_model:quantized:org/alpha"]})
    for i in range(3):
        models.append({"id": f"user/grandchild-{i}", "createdAt": "2024-06-02T00:00:00.000Z",
                       "downloads": 1, "tags": ["base_model:finetune:user/child-7",
                                                "base_model:finetune:org/beta"]})
    return models


MODELS = make_models()
BY_NAME = {model["id"]: model for model in MODELS}
seen = collections.Counter()


def children_of(name):
    count = collections.Counter()
    for model in MODELS:
        for tag in model["tags"]:
            parts = tag.split(":")
            if len(parts) == 3 and parts[2] == name:
                count[parts[1]] += 1
    return dict(count)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json; charset=utf-8", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        other = self.server.server_port == other_server.server_port
        with open(FOLDER / "requests", "a") as file:
            file.write(f"{'other' if other else 'hub'} {self.headers.get('Authorization', '-')} "
                       f"{self.path}\n")
        failure = "none" if other else (FOLDER / "failure").read_text().split()[0]
        seen[failure, self.path] += 1
        if not self.fail(failure, seen[failure, self.path]):
            self.serve(failure)

    def fail(self, failure, times):
        """Fails as asked for; False if the request is to be served."""
        if failure == "429-seconds" and times == 1:
            self.answer(429, headers=[("Retry-After", "1")])
        elif failure == "429-date" and times == 1:
            when = email.utils.formatdate(time.time() + 1, usegmt=True)
            self.answer(429, headers=[("Retry-After", when)])
        elif failure == "429-ratelimit" and times == 1:
            self.answer(429, headers=[("RateLimit", '"api";r=0;t=1')])
        elif failure == "429-long":
            self.answer(429, headers=[("Retry-After", "86400")])
        elif failure == "huge-wait":
            self.answer(429, headers=[("RateLimit", '"api";r=0;t=99999')])
        elif failure == "500" and times <= 3:
            self.answer([500, 503, 408][times - 1], b"<html>error</html>", "text/html")
        elif failure == "dead" or (failure == "break" and "cursor" in self.path):
            self.answer(500)
        elif failure == "stale" and "cursor=20" in self.path and times == 1:
            self.answer(400, b'{"error": "invalid cursor"}')
        elif failure == "html" and times == 1:
            self.answer(200, b"<html>please log in</html>", "text/html")
        elif failure == "redirect":
            self.answer(302, headers=[
                ("Location", f"http://localhost:{other_server.server_port}{self.path}")])
        elif failure == "loop":
            self.answer(302, headers=[("Location", self.path)])
        elif failure == "refused":
            self.answer(401, b'{"error": "Invalid username or password."}')
        else:
            return False
        return True

    def serve(self, failure):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/api/models/old/alpha":
            self.answer(307, headers=[("Location", f"/api/models/org/alpha?{url.query}")])
            return
        if url.path.startswith("/api/models/"):
            model = BY_NAME.get(url.path[len("/api/models/"):])
            if model is None:
                self.answer(404, b'{"error": "Repository not found"}')
            else:
                self.send(failure, dict(model, childrenModelCount=children_of(model["id"])), [])
            return
        self.serve_list(failure, url, query)

    def serve_list(self, failure, url, query):
        models = MODELS
        if "filter" in query:
            models = [model for model in models if query["filter"][0] in model["tags"]]
        if "author" in query:
            models = [model for model in models if model["id"].split("/")[0] == query["author"][0]]
        if query.get("sort") == ["downloads"]:
            models = sorted(models, key=lambda model: -model["downloads"])
        size = min(PAGE, int(query.get("limit", ["1000"])[0]))
        start = int(query.get("cursor", ["0"])[0])
        headers = []
        if start + size < len(models):
            query["cursor"] = [str(start + size)]
            if failure == "circle" and start > 0:
                query["cursor"] = [str(start)]
            port = (other_server if failure == "foreign" else server).server_port
            following = f"http://127.0.0.1:{port}{url.path}?{urllib.parse.urlencode(query, True)}"
            headers.append(("Link", f'<{following}>; rel="next"'))
        self.send(failure, models[start:start + size], headers)

    def send(self, failure, value, headers):
        body = json.dumps(value).encode()
        times = seen[failure, self.path]
        if failure == "used-up":
            headers = headers + [("RateLimit", '"api";r=0;t=1')]
        if failure == "half-json" and times == 1:
            body = body[:len(body) // 2]
        if failure in ("truncated", "slow") and times == 1:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            if failure == "slow":
                time.sleep(4)
            self.close_connection = True
            return
        self.answer(200, body, headers=headers)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
other_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
for one in (server, other_server):
    one.daemon_threads = True
threading.Thread(target=other_server.serve_forever, daemon=True).start()
(FOLDER / "failure").write_text("none\n")
(FOLDER / "other_port").write_text(f"{other_server.server_port}\n")
(FOLDER / "port.new").write_text(f"{server.server_port}\n")
(FOLDER / "port.new").rename(FOLDER / "port")
server.serve_forever()
