// The real daemon on the reference box, in a folder of its own, with an engine that has something
// to say (tests/fakes/engines/reading_worker.py).
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job } from "../../src/api/types.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = process.env.TRANSCRIBED_DAEMON ?? join(root, "build/dev/bin/transcribed");
const fakes = join(root, "tests/fakes");

export interface DaemonOptions {
  speed?: number; // no gate: recordings are gone through so many times as fast as they play
  flags?: string[];
  environment?: Record<string, string>;
  config?: string; // further lines
  gpus?: number; // so many alike instead of the reference box
}

export class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), "transcribed-web-"));
  private process: ChildProcess | null = null;
  private gate: number | null = null;
  private log = "";
  url = "";

  private constructor(private readonly options: DaemonOptions) {}

  static async start(options: DaemonOptions = {}): Promise<Daemon> {
    const daemon = new Daemon(options);
    mkdirSync(join(daemon.folder, "stage"));
    if (options.speed === undefined) {
      execFileSync("mkfifo", [join(daemon.folder, "stage/gate")]);
      // Both ends, so that a reader waits instead of finding the end of the file.
      daemon.gate = openSync(join(daemon.folder, "stage/gate"), "r+");
    }
    const worker = ["python3", join(fakes, "engines/reading_worker.py"), join(daemon.folder, "stage"), String(options.speed ?? 1)];
    daemon.write("transcribed.toml", [
      'default_model = "medium"',
      options.config ?? "",
      "[models.medium]",
      'engine = "worker"',
      `command = ${JSON.stringify(worker)}`,
      "[models.small]",
      'engine = "worker"',
      `command = ${JSON.stringify(worker)}`,
    ].join("\n"));
    await daemon.run("127.0.0.1:0");
    return daemon;
  }

  // On the same address as before.
  async startAgain(): Promise<void> {
    await this.run(new URL(this.url).host);
  }

  private run(listen: string): Promise<void> {
    const flags = ["--config", join(this.folder, "transcribed.toml"), "--data-dir", join(this.folder, "data"), "--listen", listen, "--min-free-disk-mb", "0", ...(this.options.flags ?? ["--min-system-ram-mb", "1", "--ram-per-job-mb", "1"])];
    const child = spawn(program, flags, {
      env: { ...process.env, ...this.options.environment, PATH: `${this.programs()}:${process.env.PATH}` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process = child;
    return new Promise((resolve, reject) => {
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
        const found = /Listening on (http:\S+)\n/.exec(this.log.slice(this.log.lastIndexOf("Resource manager")));
        if (found?.[1] && this.process === child) {
          this.url = found[1];
          resolve();
        }
      });
      child.on("exit", (code) => reject(new Error(`the daemon ended with ${code}:\n${this.log}`)));
      child.on("error", reject);
    });
  }

  // The folder with what stands in for nvidia-smi.
  private programs(): string {
    const { gpus } = this.options;
    if (gpus === undefined) return fakes;
    const rows = Array.from({ length: gpus }, (_, gpu) => `echo "${gpu}, NVIDIA GeForce RTX 5070 Ti, 12227"`);
    const script = ["#!/bin/sh", 'case "$*" in *name*)', ...rows, ";; *) exit 2 ;; esac", ""].join("\n");
    chmodSync(this.write("gpus/nvidia-smi", script), 0o755);
    return join(this.folder, "gpus");
  }

  private end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.on("exit", () => resolve());
      child.kill(signal);
    });
  }
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }
  async stop(): Promise<void> {
    await this.end("SIGKILL");
    if (this.gate !== null) closeSync(this.gate);
    rmSync(this.folder, { recursive: true, force: true });
  }

  // Lets so many sentences be heard, now or when a job comes to them.
  letPass(sentences: number): void {
    if (this.gate !== null) writeSync(this.gate, "x".repeat(sentences));
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  async submit(name: string, bytes: Uint8Array | string, fields: Record<string, string> = {}): Promise<Job> {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.set(field, value);
    form.set("file", new Blob([bytes as BlobPart]), name);
    const response = await fetch(`${this.url}/api/jobs`, { method: "POST", body: form });
    if (response.status !== 201) throw new Error(await response.text());
    return (await response.json()) as Job;
  }

  async job(id: string): Promise<Job> {
    return (await (await fetch(`${this.url}/api/jobs/${id}`)).json()) as Job;
  }

  async waitFor(id: string, state: Job["state"]): Promise<Job> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
      const job = await this.job(id);
      if (job.state === state) return job;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`job ${id} did not become ${state}:\n${this.log}`);
  }
}

// A WAV file of so many seconds: a soft tone that rises, 8 kHz, 8 bits.
export function tone(seconds: number): Uint8Array {
  const rate = 8000;
  const samples = Math.round(seconds * rate);
  const file = new DataView(new ArrayBuffer(44 + samples));
  const text = (at: number, word: string) => [...word].forEach((char, index) => file.setUint8(at + index, char.charCodeAt(0)));
  text(0, "RIFF");
  file.setUint32(4, 36 + samples, true);
  text(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, rate, true);
  file.setUint32(28, rate, true);
  file.setUint16(32, 1, true);
  file.setUint16(34, 8, true);
  text(36, "data");
  file.setUint32(40, samples, true);
  for (let at = 0; at < samples; ++at) file.setUint8(44 + at, 128 + 20 * Math.sin((at / rate) * (300 + at / 400)));
  return new Uint8Array(file.buffer);
}
