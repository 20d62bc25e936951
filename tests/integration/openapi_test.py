"""openapi_test.py DAEMON FAKES: /openapi.json against the real daemon. Every route is in it and the reverse, every
parameter that a route knows, and every answer of a run is one that it describes, with nothing in it that it does not."""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
import uuid

try:
    import jsonschema
except ImportError:
    print("skipped: needs Debian's python3-jsonschema (scripts/install-packages test)")
    sys.exit(77)

DAEMON, FAKES = map(os.path.abspath, sys.argv[1:3])
KEY = "only-for-this-test"
PATIENCE = 60
# A dashboard's files have names that change; its page is described.
NOT_DESCRIBED = re.compile(r"/assets/|/[^/]+\.(svg|ico|png|webmanifest)$")


def strict(schema):
    """The schema, but whatever it does not name is an error: so that nothing can be missing in it."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: strict(value) for key, value in schema.items()}
    if "properties" in out and isinstance(out["properties"], dict):
        out.setdefault("additionalProperties", False)
    return out


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        self.type = (self.headers["Content-Type"] or "").split(";")[0]

    def json(self):
        return json.loads(self.body)


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        folder = cls.folder = pathlib.Path(cls.temporary.name)
        (folder / "stage" / "locks").mkdir(parents=True)
        os.mkfifo(folder / "stage" / "gate")
        # Both ends: a job that wants to pass waits for a byte.
        cls.gate = os.open(folder / "stage" / "gate", os.O_RDWR)
        worker = json.dumps([sys.executable, "-I", "-S", f"{FAKES}/engines/puppet_worker.py", str(folder / "stage")])
        (folder / "config.toml").write_text(
            'default_model = "puppet"\n'
            f'[server]\napi_key = "{KEY}"\n[storage]\nallowed_paths = ["{folder}"]\n'
            f'[models.puppet]\nengine = "worker"\ncommand = {worker}\n')
        environment = {**os.environ, "PATH": f"{FAKES}:{os.environ['PATH']}"}
        cls.daemon = subprocess.Popen(
            [DAEMON, "--config", folder / "config.toml", "--data-dir", folder / "data", "--listen", "127.0.0.1:0",
             "--log-level", "debug", "--min-system-ram-mb", "1", "--ram-per-job-mb", "1", "--min-free-disk-mb", "0"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
        cls.routes, said = set(), []
        for line in cls.daemon.stderr:
            said.append(line)
            if answers := re.search(r"Answers (\w+) (\S+)", line):
                cls.routes.add((answers[1].lower(), answers[2]))
            if listens := re.search(r"Listening on (http://\S+)", line):
                cls.address = listens[1]
                break
        else:
            raise AssertionError("".join(said))
        cls.document = cls.ask(cls, "GET", "/openapi.json").json()
        cls.strict = strict(cls.document)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.terminate()
        cls.daemon.stderr.read()
        status = cls.daemon.wait(timeout=PATIENCE)
        cls.daemon.stderr.close()
        os.close(cls.gate)
        cls.temporary.cleanup()
        assert status == 0, status

    def ask(self, method, target, body=None, type=None, key=KEY, headers=None):
        request = urllib.request.Request(self.address + target, data=body, method=method, headers=headers or {})
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        if type:
            request.add_header("Content-Type", type)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return Answer(response)
        except urllib.error.HTTPError as response:
            with response:
                return Answer(response)

    def validator(self, schema):
        # What the schema refers to is in the document.
        return jsonschema.Draft202012Validator({**schema, "components": self.strict["components"]})

    def pattern_of(self, method, target):
        """Fixed paths first, as the server does."""
        path = target.split("?")[0]
        for pattern in sorted(self.document["paths"], key=lambda one: "{" in one):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) and method.lower() in self.document["paths"][pattern]:
                return pattern
        self.fail(f"{method} {path} is not described")

    def resolved(self, value):
        while "$ref" in value:
            at = self.strict
            for name in value["$ref"].split("/")[1:]:
                at = at[name]
            value = at
        return value

    def check(self, method, target, status, **more):
        """Asks, and holds the answer to its description."""
        return self.check_answer(method, target, status, self.ask(method, target, **more))

    def check_answer(self, method, target, status, answer):
        self.assertEqual(answer.status, status, f"{method} {target}: {answer.body[:500]}")
        operation = self.strict["paths"][self.pattern_of(method, target)][method.lower()]
        self.assertIn(str(status), operation["responses"], f"{method} {target}")
        described = self.resolved(operation["responses"][str(status)])
        for name in described.get("headers", {}):
            if name not in ("X-Should-Retry", "Retry-After", "X-Transcribed-Job"):  # not with every such answer
                self.assertIn(name, answer.headers, f"{method} {target}")
        if status in (204, 304):
            self.assertEqual(answer.body, b"")
            return answer
        content = described["content"]
        if "*/*" in content:
            return answer
        self.assertIn(answer.type, content, f"{method} {target}")
        if answer.type == "application/json":
            errors = list(self.validator(content[answer.type]["schema"]).iter_errors(answer.json()))
            self.assertEqual([], errors, f"{method} {target}: {answer.body}")
        return answer

    def form(self, fields, content=b"done", name="file"):
        boundary = uuid.uuid4().hex
        parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                        for key, value in fields.items()).encode()
        if content is not None:
            parts += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.wav"\r\n\r\n').encode()
            parts += content + b"\r\n"
        return {"body": parts + f"--{boundary}--\r\n".encode(), "type": f"multipart/form-data; boundary={boundary}"}

    def submit(self, content, **fields):
        return self.check("POST", "/api/jobs", 201, **self.form(fields, content)).json()["id"]

    def follow(self, target, once_there=lambda: None):
        """The events of a stream that ends, each held to its schema. `once_there` is called when it has begun."""
        by_name = {"job": "Job", "progress": "ProgressEvent", "segment": "SegmentEvent", "resources": "Resources"}
        names = []
        request = urllib.request.Request(self.address + target, headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as stream:
            begun = b""
            while not begun.endswith(b"\n\n") or b"event:" not in begun:
                begun += stream.readline() or self.fail(f"{target} ended at {begun}")
            once_there()
            answer = Answer(stream)
        self.check_answer("GET", target, 200, answer)
        for block in (begun + answer.body).decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
            if "event" in fields:
                names.append(fields["event"])
                self.validator({"$ref": f"#/components/schemas/{by_name[fields['event']]}"}).validate(json.loads(fields["data"]))
        return names

    def wait_until_running(self, job):
        request = urllib.request.Request(f"{self.address}/api/jobs/{job}/events", headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as stream:
            self.assertTrue(any(b'"state":"running"' in line for line in stream))

    def finished(self, content, **fields):
        job = self.submit(content, **fields)
        self.follow(f"/api/jobs/{job}/events")
        return job

    # --- the document itself ---

    def test_every_route_is_described_and_nothing_else(self):
        described = {(method, path) for path, methods in self.document["paths"].items() for method in methods}
        routes = {(method, path) for method, path in self.routes if not NOT_DESCRIBED.search(path)}
        self.assertGreater(len(routes), 15)
        self.assertEqual(routes, described)

    def test_its_version_is_the_programs(self):
        version = subprocess.run([DAEMON, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(version.split()[1], self.document["info"]["version"])

    def test_it_is_well_formed(self):
        self.assertTrue(self.document["openapi"].startswith("3.1."))
        text = json.dumps(self.document)
        for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
            self.resolved({"$ref": f"#/{reference}"})
        for kind, name in ((kind, name) for kind, all in self.document["components"].items() for name in all):
            if kind == "securitySchemes":
                continue
            # Those of events stand in words.
            named = f'"#/components/{kind}/{name}"' in text or re.search(rf"\b{name}\b", json.dumps(
                self.document["components"]["schemas"]["EventStream"]) + json.dumps(self.document["components"]["schemas"]["OpenAiStream"]))
            self.assertTrue(named, f"{kind}/{name} is used nowhere")
        for schema in self.document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        operations = [one for methods in self.document["paths"].values() for one in methods.values()]
        self.assertEqual(len({one["operationId"] for one in operations}), len(operations))
        for path, methods in self.document["paths"].items():
            for one in methods.values():
                named = {self.resolved(parameter)["name"] for parameter in one.get("parameters", [])
                         if self.resolved(parameter)["in"] == "path"}
                self.assertEqual(named, set(re.findall(r"\{(\w+)\}", path)), path)

    def test_every_parameter_is_described(self):
        """The server names the ones it knows when it gets another one."""
        job = self.finished(b"done")
        strict_ones = ["/api/jobs", f"/api/jobs/{job}/transcript", f"/api/jobs/{job}/events", "/api/events"]
        for target in strict_ones:
            message = self.check("GET", target + "?zzz=1", 400).json()["error"]["message"]
            known = set(message.split("these are known: ")[1].rstrip(".").split(", "))
            operation = self.document["paths"][self.pattern_of("GET", target)]["get"]
            described = {self.resolved(one)["name"] for one in operation.get("parameters", [])
                         if self.resolved(one)["in"] == "query"}
            self.assertEqual(known, described, target)

    def test_every_field_of_a_submission_is_described(self):
        schemas = self.document["components"]["schemas"]
        message = self.check("POST", "/api/jobs", 400, **self.form({"zzz": "1"})).json()["error"]["message"]
        known = set(message.split("these are known: ")[1].rstrip(".").split(", "))
        json_only = {"path", "url"}
        in_form = known - json_only - {"file (an upload)"} | {"file"}
        self.assertEqual(in_form, set(schemas["UploadForm"]["properties"]))
        self.assertEqual(known - {"file (an upload)"}, set(schemas["SubmissionByJson"]["properties"]))

    # --- answers ---

    def test_who_has_no_key_is_told_so(self):
        for method, path in sorted(self.routes):
            operation = self.document["paths"].get(path, {}).get(method)
            if operation is None:
                continue
            target = re.sub(r"\{\w+\}", "000000000000", path)
            if operation.get("security") == []:
                self.assertNotEqual(self.ask(method.upper(), target, key=None).status, 401, path)
            else:
                self.check(method.upper(), target, 401, key=None)

    def test_a_foreign_origin_is_turned_away(self):
        self.check("GET", "/api/resources", 403, headers={"Origin": "https://evil.example"})

    def test_the_machine(self):
        job = self.submit(b"gate")
        self.wait_until_running(job)
        for target in ("/api/resources", "/api/models", "/healthz", "/readyz", "/metrics", "/openapi.json"):
            self.check("GET", target, 200)
        os.write(self.gate, b"x")
        self.follow(f"/api/jobs/{job}/events")
        self.check("GET", "/api/resources", 200)

    def test_a_jobs_life(self):
        job = self.submit(b"gate", language="en", temperature="0.2", beam_size="2", word_timestamps="true",
                          initial_prompt="So", task="translate", priority="3", name="A talk")
        self.wait_until_running(job)
        self.check("GET", f"/api/jobs/{job}", 200)
        self.check("GET", f"/api/jobs/{job}/transcript", 409)
        self.check("DELETE", f"/api/jobs/{job}", 409)
        self.check("POST", f"/api/jobs/{job}/retry", 409)
        self.check("POST", f"/api/jobs/{job}/move", 409, body=b'{"to":"front"}', type="application/json")
        self.check("POST", f"/api/jobs/{job}/move", 400, body=b"{}", type="application/json")
        self.check("POST", f"/api/jobs/{job}/cancel", 200)
        self.check("POST", f"/api/jobs/{job}/cancel", 409)
        self.check("POST", f"/api/jobs/{job}/retry", 200)
        names = self.follow(f"/api/jobs/{job}/events", lambda: os.write(self.gate, b"x"))
        self.assertIn("segment", names)
        self.assertIn("progress", names)
        self.check("GET", "/api/jobs?state=completed&limit=1&search=talk&model=puppet", 200)
        page = self.check("GET", "/api/jobs?limit=1", 200).json()
        self.check("GET", f"/api/jobs?cursor={page['next_cursor'] or job}", 200)
        self.check("GET", "/api/jobs?limit=0", 400)
        self.check("DELETE", f"/api/jobs/{job}", 200)
        for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/transcript"),
                             ("GET", "/events")):
            self.check(method, f"/api/jobs/{job}{rest}", 404)

    def test_jobs_that_fail(self):
        failed = self.finished(b"fail")
        self.assertEqual(self.check("GET", f"/api/jobs/{failed}", 200).json()["error"]["kind"], "internal")
        crashed = self.finished(b"crash")
        self.assertEqual(len(self.check("GET", f"/api/jobs/{crashed}", 200).json()["lost_attempts"]), 3)
        self.check("GET", f"/api/jobs/{failed}/transcript", 409)

    def test_submissions(self):
        recording = self.folder / "recording"
        recording.write_text("done")
        by_path = lambda **fields: {"body": json.dumps(fields).encode(), "type": "application/json"}
        self.check("POST", "/api/jobs", 201, **by_path(path=str(recording), language=None))
        first = self.submit(b"done,again", deduplicate="true")
        self.follow(f"/api/jobs/{first}/events")
        self.check("POST", "/api/jobs", 200, **self.form({"deduplicate": "true"}, b"done,again"))
        fetched = self.check("POST", "/api/jobs", 201, **by_path(url="http://127.0.0.1/talk.mp3")).json()["id"]
        self.follow(f"/api/jobs/{fetched}/events")
        self.assertEqual(self.check("GET", f"/api/jobs/{fetched}", 200).json()["error"]["kind"], "fetch_failed")
        self.check("POST", "/api/jobs", 400, **by_path(url="ftp://example.org/talk.mp3"))
        self.check("POST", "/api/jobs", 400, **by_path(path=str(recording) + "-not"))
        self.check("POST", "/api/jobs", 403, **by_path(path="/etc/passwd"))
        self.check("POST", "/api/jobs", 400, **self.form({"model": "none"}))
        self.check("POST", "/api/jobs", 400, **self.form({}, None))
        self.check("POST", "/api/jobs", 415, body=b"x", type="text/plain")

    def test_transcripts(self):
        job = self.finished(b"done")
        for query in ("", "?format=txt", "?format=srt&max_line_width=20&max_line_count=2", "?format=vtt", "?format=tsv",
                      "?format=lrc", "?format=json", "?format=verbose_json", "?format=json&download=true",
                      "?format=verbose_json&timestamp_granularities=segment"):
            self.check("GET", f"/api/jobs/{job}/transcript{query}", 200)
        self.check("GET", f"/api/jobs/{job}/transcript?format=srt&words=true", 409)
        self.check("GET", f"/api/jobs/{job}/transcript?format=doc", 400)

    def test_a_transcript_is_edited(self):
        job = self.finished(b"done")
        at = f"/api/jobs/{job}/transcript"
        heard = self.check("GET", f"{at}?format=json", 200).json()
        heard["segments"] = [{"id": 0, "start": 0, "end": 1, "text": "corrected"}]
        self.check("PUT", at, 400, body=b"{}", type="application/json")
        edited = self.check("PUT", at, 200, body=json.dumps(heard).encode(), type="application/json").json()
        self.assertTrue(edited["edited"])
        kept = self.check("GET", f"{at}?format=json", 200).json()
        self.assertEqual((kept["text"], kept["edited"]), ("corrected", True))
        self.check("PUT", at, 412, body=json.dumps(heard).encode(), type="application/json", headers={"If-Match": '"0"'})
        self.assertNotIn("edited", self.check("POST", f"{at}/restore", 200).json())
        failed = f"/api/jobs/{self.finished(b'fail')}/transcript"
        self.check("PUT", failed, 409, body=json.dumps(heard).encode(), type="application/json")
        self.check("POST", f"{failed}/restore", 409)

    def test_a_recording_is_played(self):
        job = self.finished(b"done")
        at = f"/api/jobs/{job}/audio"
        ticket = self.check("POST", f"{at}/ticket", 201).json()["url"]
        for target, key in ((at, KEY), (ticket, None)):
            self.assertEqual(self.check("GET", target, 200, key=key).body, b"done")
            self.assertEqual(self.check("GET", target, 206, key=key, headers={"Range": "bytes=1-2"}).body, b"on")
            self.check("GET", target, 416, key=key, headers={"Range": "bytes=9-"})
        self.check("GET", "/audio/unknown", 404, key=None)
        self.check("DELETE", f"/api/jobs/{job}", 200)
        self.check("GET", at, 404)
        self.check("GET", ticket, 404, key=None)

    def test_the_page(self):
        self.check("GET", "/", 200, key=None)
        self.check("GET", "/api/history", 200)

    def test_who_comes_back_to_an_ended_job_is_sent_away(self):
        job = self.finished(b"done")
        stream = self.check("GET", f"/api/jobs/{job}/events", 200).body.decode()
        last = re.findall(r"^id: (\S+)$", stream, re.M)[-1]
        self.check("GET", f"/api/jobs/{job}/events?last_event_id={last}", 204)

    def test_openai(self):
        for path in ("/v1/audio/transcriptions", "/v1/audio/translations"):
            for response_format in ("json", "text", "srt", "vtt", "verbose_json"):
                self.check("POST", path, 200, **self.form({"model": "whisper-1", "response_format": response_format}))
        words = {"model": "puppet", "response_format": "verbose_json", "timestamp_granularities[]": "word"}
        self.check("POST", "/v1/audio/transcriptions", 200, **self.form(words))
        streamed = self.check("POST", "/v1/audio/transcriptions", 200, **self.form({"model": "puppet", "stream": "true"}, b"done,s"))
        schemas = {"transcript.text.delta": "TextDelta", "transcript.text.done": "TextDone"}
        events = [line[6:] for line in streamed.body.decode().split("\n") if line.startswith("data: ")]
        self.assertEqual(events.pop(), "[DONE]")
        for event in map(json.loads, events):
            self.validator({"$ref": f"#/components/schemas/{schemas[event['type']]}"}).validate(event)
        self.check("POST", "/v1/audio/transcriptions", 404, **self.form({"model": "none"}))
        self.check("POST", "/v1/audio/transcriptions", 400, **self.form({}))
        self.check("POST", "/v1/audio/transcriptions", 415, body=b"x", type="text/plain")
        self.check("POST", "/v1/audio/transcriptions", 500, **self.form({"model": "puppet"}, b"fail"))
        self.check("GET", "/v1/models", 200)
        self.check("GET", "/v1/models/whisper-1", 200)
        self.check("GET", "/v1/models/none", 404)

    def test_asr(self):
        for output in ("txt", "vtt", "srt", "tsv", "json"):
            self.check("POST", f"/asr?output={output}&task=transcribe&language=en", 200, **self.form({}, name="audio_file"))
        self.check("POST", "/asr?output=doc", 400, **self.form({}, name="audio_file"))
        self.check("POST", "/asr", 415, body=b"x", type="text/plain")
        self.check("POST", "/detect-language", 200, **self.form({}, name="audio_file"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
