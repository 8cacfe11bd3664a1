#!/usr/bin/env python3
"""A receiver with Python's standard library only.

    WEBHOOK_SECRET=whsec_... WEBHOOK_PROFILE=standard PORT=3000 python3 receiver.py

Copy `verify` to use it in Flask, Django or FastAPI. Pass the raw bytes of the body (request.get_data(), request.body,
await request.body()) and the headers.
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
    """The request is not verified. Respond with 401 and no details."""


def verify(body, headers, secret, profile="standard", now=None):
    """Returns the event as a dict, or raises NotVerified. `headers` maps lower-case names to values."""
    if not secret:
        raise RuntimeError("WEBHOOK_SECRET is not set")  # an empty secret must never verify a request
    if not (secret.startswith("whsec_") and len(secret) >= 30):
        raise RuntimeError("WEBHOOK_SECRET is not a whole secret, whsec_ included")  # a public key is no secret
    check = {"standard": verify_standard, "authforge": verify_authforge, "authon": verify_authon}[profile]
    check(body, headers, secret, time.time() if now is None else now)
    return json.loads(body)


def verify_standard(body, headers, secret, now):
    try:
        message_id, timestamp, signatures = (
            headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        )
    except KeyError as missing:
        raise NotVerified(f"{missing} is missing") from None
    if not timestamp.isascii() or not timestamp.isdigit():
        raise NotVerified("webhook-timestamp is not whole seconds")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # During a rotation there is one signature for each valid secret. One match is enough.
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")):
        raise NotVerified("no signature matches the secret")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified("the time of the request is outside the tolerance")


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
        print(f"ignored: {name}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            self.respond(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            secret, profile = os.environ.get("WEBHOOK_SECRET"), os.environ.get("WEBHOOK_PROFILE", "standard")
            event = verify(self.rfile.read(length), headers, secret, profile)
        except NotVerified as reason:
            print(f"rejected: {reason}", file=sys.stderr)
            self.respond(401)
            return
        handle(event)
        self.respond(200)

    def respond(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
