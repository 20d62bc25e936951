// OpenAI's own client, as npm has it, against the real daemon: node client_test.mjs DAEMON FAKES STAGE_COMMAND WORK
//
// The engine behind it prints what the recording holds, in SubRip, so that what comes back is known.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {once} from 'node:events';
import readline from 'node:readline';

const [daemonProgram, fakes, work, modules] = process.argv.slice(2);
const {default: OpenAI, toFile} = await import(path.join(modules, 'openai', 'index.mjs'));

// Two segments with times: `first|second`; an engine that fails: `fail`.
const engine = path.join(work, 'engine.sh');
fs.writeFileSync(engine, `#!/bin/sh
content=$(cat "$1")
[ "$content" = fail ] && { echo "this recording is not for me" >&2; exit 3; }
printf '1\\n00:00:00,000 --> 00:00:01,500\\n%s\\n\\n2\\n00:00:01,500 --> 00:00:03,000\\n%s\\n' "\${content%%|*}" "\${content##*|}"
`, {mode: 0o755});
fs.writeFileSync(path.join(work, 'transcribed.toml'), `
default_model = "echo"
[models.echo]
engine = "command"
command = ["${engine}", "{audio}"]
`);

const daemon = spawn(daemonProgram, [
  '--listen', '127.0.0.1:0', '--data-dir', path.join(work, 'data'), '--config', path.join(work, 'transcribed.toml'),
  '--min-system-ram-mb', '1', '--ram-per-job-mb', '1', '--min-free-disk-mb', '0',
], {stdio: ['ignore', 'ignore', 'pipe'], env: {...process.env, PATH: `${fakes}:${process.env.PATH}`}});
const log = [];
const url = await new Promise((resolve, reject) => {
  readline.createInterface({input: daemon.stderr}).on('line', (line) => {
    log.push(line);
    const found = /Listening on (http:\S+)/.exec(line);
    if (found) resolve(found[1]);
  });
  daemon.on('exit', (code) => reject(new Error(`the daemon ended with ${code}:\n${log.join('\n')}`)));
});

let requests = 0;
const client = new OpenAI({
  baseURL: `${url}/v1`, apiKey: 'none is needed',
  fetch: (...args) => { requests += 1; return fetch(...args); },
});
const recording = (content, name = 'talk.mp3') => toFile(Buffer.from(content), name);
const {audio} = client;

const tests = {
  async 'json is the default'() {
    const answer = await audio.transcriptions.create({file: await recording('hello there|good bye'), model: 'whisper-1'});
    assert.equal(answer.text, 'hello there good bye');
    assert.equal(answer.usage.type, 'duration');
  },
  async 'text, srt and vtt are strings'() {
    const file = () => recording('hello there|good bye');
    assert.equal(await audio.transcriptions.create({file: await file(), model: 'whisper-1', response_format: 'text'}),
      'hello there good bye\n');
    assert.equal(await audio.transcriptions.create({file: await file(), model: 'whisper-1', response_format: 'srt'}),
      '1\n00:00:00,000 --> 00:00:01,500\nhello there\n\n2\n00:00:01,500 --> 00:00:03,000\ngood bye\n\n');
    assert.match(await audio.transcriptions.create({file: await file(), model: 'whisper-1', response_format: 'vtt'}),
      /^WEBVTT\n\n00:00\.000 --> 00:01\.500\nhello there\n\n/);
  },
  async 'verbose_json has all ten fields of a segment'() {
    const answer = await audio.transcriptions.create({
      file: await recording('hello there|good bye'), model: 'whisper-1', response_format: 'verbose_json', language: 'en',
      temperature: 0.2, timestamp_granularities: ['segment'],
    });
    assert.equal(answer.task, 'transcribe');
    assert.equal(answer.segments.length, 2);
    assert.deepEqual(Object.keys(answer.segments[0]).sort(), ['avg_logprob', 'compression_ratio', 'end', 'id',
      'no_speech_prob', 'seek', 'start', 'temperature', 'text', 'tokens']);
    assert.equal(answer.segments[1].start, 1.5);
  },
  async 'a stream gives the text piece by piece, and whole at the end'() {
    const stream = await audio.transcriptions.create({
      file: await recording('hello there|good bye'), model: 'whisper-1', stream: true});
    let text = '';
    let done;
    for await (const event of stream) {
      if (event.type === 'transcript.text.delta') text += event.delta;
      if (event.type === 'transcript.text.done') done = event;
    }
    assert.equal(text, 'hello there good bye');
    assert.equal(done.text, text);
  },
  async 'translations answer as well'() {
    const answer = await audio.translations.create({file: await recording('hallo|welt'), model: 'whisper-1'});
    assert.equal(answer.text, 'hallo welt');
  },
  async 'models are listed and found'() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('echo') && ids.includes('whisper-1'), ids.join());
    assert.equal((await client.models.retrieve('whisper-1')).object, 'model');
  },
  async 'a model that is not there is a NotFoundError that names those that are'() {
    await assert.rejects(audio.transcriptions.create({file: await recording('x'), model: 'gpt-9'}), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, 'model_not_found');
      assert.match(error.message, /echo/);
      return true;
    });
  },
  async 'a recording that cannot be transcribed is told once, and not sent again'() {
    requests = 0;
    await assert.rejects(audio.transcriptions.create({file: await recording('fail'), model: 'whisper-1'}), (error) => {
      assert.ok(error instanceof OpenAI.InternalServerError);
      assert.match(error.message, /this recording is not for me/);
      return true;
    });
    assert.equal(requests, 1);
  },
  async 'a wrong value is a BadRequestError that names the field'() {
    await assert.rejects(
      audio.transcriptions.create({file: await recording('x'), model: 'whisper-1', temperature: 7}), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError);
        assert.equal(error.param, 'temperature');
        return true;
      });
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
daemon.removeAllListeners('exit');
daemon.kill('SIGTERM');
const [status] = await once(daemon, 'exit');
if (status !== 0) {
  failed += 1;
  console.log(`FAILED  the daemon ended with ${status}`);
}
if (failed) console.log(log.join('\n'));
process.exit(failed ? 1 : 0);
