#!/usr/bin/env python3
"""Receives transcribed's webhooks and prints them: webhook_receiver.py SECRET [PORT]."""
import base64, hashlib, hmac, http.server, json, sys, time

def verify(secret, headers, body, now=None):
    """The event, or ValueError: it is not from who has the secret, or it is old."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    id, timestamp, signatures = (headers.get("webhook-" + name, "") for name in ("id", "timestamp", "signature"))
    if abs((now or time.time()) - int(timestamp)) > 300:
        raise ValueError("sent too long ago")  # or sent again by somebody who listened
    signed = id.encode() + b"." + timestamp.encode() + b"." + body
    right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(right, one) for one in signatures.split()):
        raise ValueError("the signature is wrong")
    return json.loads(body)

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = verify(sys.argv[1], self.headers, body)
        except ValueError as problem:
            return self.send_error(400, str(problem))
        self.send_response(204)  # at once: who takes longer than the timeout gets it again
        self.end_headers()
        print(event["type"], event["data"]["id"], event["data"]["name"], flush=True)

if __name__ == "__main__":
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8080
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
