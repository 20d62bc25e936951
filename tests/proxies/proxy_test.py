"""proxy_test.py nginx|caddy DAEMON: what the example in deploy/proxy makes of uploads, streams and names."""

import http.client
import http.server
import json
import pathlib
import queue
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import proxies

NAME = "box.example"
KEY = "only-for-this-test"
PATIENCE = 30


class Connection(http.client.HTTPSConnection):
    """To the proxy's socket; the certificate must be that of NAME."""

    def __init__(self, proxy):
        context = ssl.create_default_context(cafile=str(proxy.certificate))
        super().__init__(NAME, context=context, timeout=PATIENCE)
        self.proxy, self.tls = proxy, context

    def connect(self):
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                plain.connect(str(self.proxy.socket))
                break
            except OSError:
                # It has just been started.
                assert self.proxy.process.poll() is None and time.monotonic() < deadline, self.proxy.said()
                time.sleep(0.05)
        self.sock = self.tls.wrap_socket(plain, server_hostname=NAME)


class StandIn(http.server.ThreadingHTTPServer):
    """In the daemon's place, it does what only shows in the middle of a request; `seen` tells the test what it has."""

    def __init__(self):
        self.seen, self.go = queue.Queue(), queue.Queue()
        super().__init__(("127.0.0.1", 0), StandInHandler)


class StandInHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def chunk(self, text):
        self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def do_GET(self):
        """Events: the first at once, the second when the test says so, and then for as long as somebody listens."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunk("data: first\n\n")
        self.server.go.get(timeout=PATIENCE)
        self.chunk("data: second\n\n")
        self.connection.settimeout(PATIENCE)
        gone = self.connection.recv(1) == b""
        self.server.seen.put("gone" if gone else "spoke")
        self.close_connection = True

    def do_POST(self):
        self.server.seen.put(self.rfile.read(5))
        self.server.seen.put(self.rfile.read(int(self.headers["Content-Length"]) - 5))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Daemon:
    def __init__(self, folder):
        config = folder / "transcribed.toml"
        config.write_text(f"""
[server]
allowed_hosts = ["{NAME}"]
max_upload_mb = 8
[resources]
min_system_ram_mb = 0
[models.size]
engine = "command"
command = ["sh", "-c", "wc -c <$0", "{{audio}}"]
""")
        self.process = subprocess.Popen(
            [DAEMON, "--config", config, "--data-dir", folder / "data", "--listen", "127.0.0.1:0"],
            env={"PATH": "/usr/bin:/bin", "TRANSCRIBED_API_KEY": KEY}, stderr=subprocess.PIPE, text=True)
        log = []
        for line in self.process.stderr:
            log.append(line)
            if "Listening on http://" in line:
                self.address = line.rsplit("/", 1)[1].strip()
                break
        else:
            raise AssertionError("the daemon did not start:\n" + "".join(log))
        # Its log must not fill the pipe.
        self.reader = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.reader.start()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        self.reader.join()
        self.process.stderr.close()


class ProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="proxy-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.certificate, cls.key = cls.folder / "certificate.pem", cls.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                        "-keyout", cls.key, "-out", cls.certificate], check=True, capture_output=True)

    def proxy_before(self, upstream):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        proxy = PROXY(folder, self.certificate, self.key, upstream)
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def before_daemon(self):
        daemon = Daemon(pathlib.Path(tempfile.mkdtemp(dir=self.folder)))
        self.addCleanup(daemon.stop)
        return self.proxy_before(daemon.address)

    def before_stand_in(self):
        server = StandIn()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, self.proxy_before(f"127.0.0.1:{server.server_port}")

    def ask(self, proxy, method, path, body=None, **headers):
        connection = Connection(proxy)
        self.addCleanup(connection.close)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {KEY}", **headers})
        except OSError:
            pass  # It was answered before all of the body was taken; what it was is there to read.
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def upload(self, proxy, size, **headers):
        body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="talk.wav"\r\n\r\n' + b"x" * size + b"\r\n--b--\r\n")
        return self.ask(proxy, "POST", "/api/jobs", body, Content_Type="multipart/form-data; boundary=b", **headers)

    def test_a_large_recording_arrives_whole_and_the_transcript_comes_back(self):
        proxy = self.before_daemon()
        size = 5_000_000  # more than nginx takes by itself
        status, job = self.upload(proxy, size, Origin=f"https://{NAME}")
        self.assertEqual(status, 201, job)
        deadline = time.monotonic() + PATIENCE
        while job["state"] not in ("completed", "failed"):
            self.assertLess(time.monotonic(), deadline, job)
            time.sleep(0.05)
            status, job = self.ask(proxy, "GET", f"/api/jobs/{job['id']}")
        self.assertEqual(job["state"], "completed", job)
        _, transcript = self.ask(proxy, "GET", f"/api/jobs/{job['id']}/transcript?format=json")
        self.assertEqual(transcript["text"].strip(), str(size))

    def test_the_daemon_decides_who_may_do_what(self):
        proxy = self.before_daemon()
        self.assertEqual(self.ask(proxy, "GET", "/api/jobs", Authorization="Bearer wrong")[0], 401)
        status, answer = self.ask(proxy, "GET", "/api/jobs", Origin="https://elsewhere.example")
        self.assertEqual((status, answer["error"]["code"]), (403, "origin_not_allowed"))

    def test_what_the_daemon_refuses_is_answered_by_the_daemon(self):
        proxy = self.before_daemon()
        status, answer = self.upload(proxy, 10_000_000)
        self.assertEqual(status, 413, answer)
        self.assertIn("8 MB", answer["error"]["message"])

    def test_events_come_at_once_and_who_goes_away_is_noticed(self):
        server, proxy = self.before_stand_in()
        connection = Connection(proxy)
        connection.request("GET", "/api/events")
        answer = connection.getresponse()
        self.assertEqual(answer.readline(), b"data: first\n")
        self.assertEqual(answer.readline(), b"\n")
        server.go.put(True)
        self.assertEqual(answer.readline(), b"data: second\n")
        answer.close()
        connection.close()
        self.assertEqual(server.seen.get(timeout=PATIENCE), "gone")

    def test_a_recording_goes_on_as_it_comes(self):
        server, proxy = self.before_stand_in()
        connection = Connection(proxy)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/api/jobs")
        connection.putheader("Content-Length", "10")
        connection.endheaders()
        connection.send(b"first")
        self.assertEqual(server.seen.get(timeout=PATIENCE), b"first")
        connection.send(b" half")
        self.assertEqual(server.seen.get(timeout=PATIENCE), b" half")
        self.assertEqual(connection.getresponse().status, 200)


if __name__ == "__main__":
    PROXY, DAEMON = proxies.BY_NAME[sys.argv[1]], sys.argv[2]
    for program, found in {sys.argv[1]: PROXY.program, "openssl": shutil.which("openssl")}.items():
        if not found:
            print(f"Skipped: {program} is not installed (scripts/install-packages test).")
            sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
