#!/usr/bin/env python3
"""A service with Python's standard library only: publishes an event, receives and verifies it, asks what happened.

    TOCSIN_URL=http://127.0.0.1:4400 TOCSIN_TOKEN=tsk_... python3 service.py

The key needs the scopes apps:write, webhooks:write, events:publish and events:read. Tocsin calls the receiver at
PUBLIC_URL, by default its address on this machine.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL = os.environ.get("TOCSIN_URL", "http://127.0.0.1:4400").rstrip("/") + "/api/v1"
TOKEN = os.environ["TOCSIN_TOKEN"]
TIMEOUT_SECONDS = 10
TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1_048_576


class ApiError(Exception):
    """An error of the API (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('code')}: {problem.get('detail')} (request {problem.get('requestId')})")
        self.code = problem.get("code")
        self.retryable = problem.get("retryable", False)


def call(method, path, body=None, key=None):
    """Calls the API and returns the result. With a key, a call that creates something can be repeated."""
    is_repeatable = method == "GET" or key is not None
    for attempt in range(5):
        request = urllib.request.Request(URL + path, method=method)
        request.add_header("authorization", f"Bearer {TOKEN}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if key is not None:
            request.add_header("idempotency-key", key)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = ApiError(json.load(error))
            if not problem.retryable or attempt == 4:
                raise problem from None
            time.sleep(float(error.headers.get("retry-after") or 2**attempt / 10))
        except (urllib.error.URLError, TimeoutError):
            # The call may have taken effect.
            if not is_repeatable or attempt == 4:
                raise
            time.sleep(2**attempt / 10)


def verify(body, headers, secret):
    """Returns the event, or raises ValueError (Standard Webhooks, HMAC-SHA256)."""
    timestamp = headers["webhook-timestamp"] or ""
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("the time of the request is outside the tolerance")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # During a rotation there is one signature for each valid secret.
    signatures = (headers["webhook-signature"] or "").encode().split(b" ")
    if not any(hmac.compare_digest(expected, one) for one in signatures):
        raise ValueError("no signature matches the secret")
    return json.loads(body)


def start_receiver(received, secret):
    """Serves on PORT, by default any free one. `secret` returns the secret of the webhook."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["content-length"] or 0)
            try:
                event = verify(self.rfile.read(min(length, MAX_BODY_BYTES)), self.headers, secret())
            except ValueError as error:
                print(f"rejected: {error}", flush=True)
                return self.respond(401)
            received.put((self.headers["webhook-id"], event))
            return self.respond(204)

        def respond(self, status):
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    received = queue.Queue()
    webhook = {}
    server = start_receiver(received, lambda: webhook["secret"])
    address = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{server.server_port}/")

    app = call("POST", "/apps", {"name": "Python example"}, key=str(uuid.uuid4()))
    webhook_input = {"appId": app["id"], "url": address, "events": ["license.*"]}
    # Repeated with the same key, the call returns the same webhook with its secret.
    webhook.update(call("POST", "/webhooks", webhook_input, key=str(uuid.uuid4())))
    print(f"webhook {webhook['id']} sends to {address}", flush=True)

    data = {"licenseKey": "A3K9-BFWX-7NP2-QHDT", "status": "revoked"}
    event = call(
        "POST",
        "/events",
        {"appId": app["id"], "event": "license.revoked", "data": data},
        key=str(uuid.uuid4()),
    )
    print(f"published {event['id']}", flush=True)

    message_id, got = received.get(timeout=TIMEOUT_SECONDS)
    print(f"received and verified {message_id}: {got['type']} {got['data']['licenseKey']}", flush=True)

    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        explanation = call("GET", f"/events/{urllib.parse.quote(event['id'])}/explain")
        [verdict] = explanation["verdicts"]
        if verdict["verdict"] == "delivered" or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    print(f"explained: {verdict['verdict']}. {verdict['message']}", flush=True)
    server.shutdown()


if __name__ == "__main__":
    main()
