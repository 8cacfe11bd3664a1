#!/usr/bin/env python3
"""A receiver without any package of ours: Python's standard library alone.

    WEBHOOK_SECRET=whsec_... WEBHOOK_PROFILE=standard PORT=3000 python3 receiver.py

`verify` is what to take over into Flask, Django or FastAPI: give it the raw bytes of the body (request.get_data(),
request.body, await request.body()) and the headers.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 1_048_576
TOLERANCE_SECONDS = 300


class NotVerified(Exception):
    """The request is not proven. Answer 401 and say nothing more."""


def verify(body, headers, secret, profile="standard", now=None):
    """Answers the event as a dict, or raises NotVerified. `headers` maps names in lower case to values."""
    if not secret:
        raise RuntimeError("no secret is set")  # an empty one must never verify anything
    proof = {"standard": verify_standard, "authforge": verify_authforge, "authon": verify_authon}[profile]
    proof(body, headers, secret, time.time() if now is None else now)
    return json.loads(body)


def verify_standard(body, headers, secret, now):
    try:
        message_id, timestamp, signatures = (
            headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        )
    except KeyError as missing:
        raise NotVerified(f"{missing} is missing") from None
    if not timestamp.isascii() or not timestamp.isdigit():
        raise NotVerified("the timestamp is no whole number")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is being replaced there are several signatures; one that matches is enough.
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")):
        raise NotVerified("no signature matches")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified("the request is too old, or our clock is wrong")


def verify_authforge(body, headers, secret, _now):
    # The key is the whole secret as text, whsec_ included.
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), headers.get("x-authforge-signature", "").encode()):
        raise NotVerified("the signature does not match")


def verify_authon(_body, headers, secret, _now):
    if not hmac.compare_digest(secret.encode(), headers.get("x-webhook-secret", "").encode()):
        raise NotVerified("the secret does not match")


def handle(event):
    name = event.get("type") or event.get("event")
    if name == "license.revoked":
        print(f"lock {event['data']['licenseKey']}", flush=True)
    else:
        print(f"no interest in {name}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            self.answer(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            secret, profile = os.environ.get("WEBHOOK_SECRET"), os.environ.get("WEBHOOK_PROFILE", "standard")
            event = verify(self.rfile.read(length), headers, secret, profile)
        except NotVerified as reason:
            print(f"refused: {reason}", file=sys.stderr)
            self.answer(401)
            return
        handle(event)
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
