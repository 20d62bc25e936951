// What the page says of the machine, that it goes on after a restart, and that everybody can use it.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { tone } from "./daemon.ts";
import { row, useStage } from "./stage.ts";

const stage = useStage();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What WCAG 2.2 AA objects to, by axe.
async function violations(page: Page): Promise<string[]> {
  // The policy of the page allows no script but its own; the debugger's is none of the page's.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await (globalThis as any).axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.flatMap((one: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`));
  });
}

test("the page lives through a restart of the daemon", async () => {
  const daemon = await stage.daemon();
  const job = await daemon.submit("talk.wav", tone(8));
  const page = await stage.open(daemon.url);
  await row(page, "talk.wav").getByText("Running").waitFor();
  await daemon.kill();
  await page.getByText("Not connected, trying again").waitFor();
  await page.getByRole("alert").getByText("The server does not answer.").waitFor();
  await daemon.startAgain();
  await page.getByText("Live", { exact: true }).waitFor();
  await row(page, "talk.wav").getByText("Running").waitFor();
  daemon.letPass(2);
  await row(page, "talk.wav").getByText("Done").waitFor();
  // What is new since then is there, too.
  await daemon.submit("later.wav", tone(8));
  await row(page, "later.wav").getByText("Running").waitFor();
  expect((await daemon.job(job.id)).attempt).toBe(2);
  stage.forgive(page, /ERR_|Failed to load/);
});

test("a job that waits for RAM shows why, and counts down", async () => {
  const daemon = await stage.daemon({ flags: ["--min-system-ram-mb", "100000000"] });
  await daemon.submit("talk.wav", tone(8));
  const page = await stage.open(daemon.url);
  const card = page.getByRole("article", { name: "RAM" });
  await card.getByText("waits for RAM; starts anyway in").waitFor();
  const first = await card.locator(".countdown").textContent();
  expect(first).toMatch(/^(5:00|4:\d\d)$/);
  await page.waitForFunction((before) => document.querySelector(".countdown")?.textContent !== before, first);
  expect(await page.getByText("blocked", { exact: true }).count()).toBe(5);
  const why = row(page, "talk.wav").getByText(/until it starts anyway/);
  await why.waitFor();
  await page.waitForFunction(([element, before]) => element?.textContent !== before, [await why.elementHandle(), await why.textContent()] as const);
});

test("what the driver says of its memory is shown while somebody looks", async () => {
  const daemon = await stage.daemon({ environment: { FAKE_VRAM_IN_USE: "5321 400" } });
  const page = await stage.open(daemon.url);
  await page.getByRole("article", { name: /GPU 0/ }).getByText("5.3 GB in use").waitFor();
  await page.getByRole("article", { name: /GPU 1/ }).getByText("0.4 GB in use").waitFor();
});

test("nothing is asked from anybody else", async () => {
  const daemon = await stage.daemon();
  const page = await stage.open("about:blank");
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(daemon.url);
  await page.getByText("Live", { exact: true }).waitFor();
  expect([...hosts]).toEqual([new URL(daemon.url).host]);
});

test("it is small, and its policy allows nothing that is not its own", async () => {
  const daemon = await stage.daemon();
  const page = await stage.open("about:blank");
  const debuggee = await page.context().newCDPSession(page);
  await debuggee.send("Network.enable");
  const files = new Map<string, string>();
  let bytes = 0;
  debuggee.on("Network.responseReceived", ({ requestId, response }) => files.set(requestId, new URL(response.url).pathname));
  debuggee.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (!files.get(requestId)?.startsWith("/api/")) bytes += encodedDataLength;
  });
  const answer = await page.goto(daemon.url);
  await page.getByText("Live", { exact: true }).waitFor();
  expect([...files.values()].filter((path) => path.startsWith("/assets/")).length).toBeGreaterThanOrEqual(2);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(150 * 1024);

  expect(answer?.headers()["content-security-policy"]).toMatch(/^default-src 'self';/);
  expect(answer?.headers()["content-security-policy"]).not.toMatch(/unsafe/);
  expect(await answer?.text()).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
  // What the policy forbids does not happen.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'broken into'";
    document.body.append(script);
  });
  expect(await page.title()).toMatch(/– transcribed$/);
  stage.forgive(page, /Content Security Policy/);
});

test("an API key is asked for, and kept for the tab", async () => {
  const daemon = await stage.daemon({ environment: { TRANSCRIBED_API_KEY: "open-sesame" }, speed: 1000 });
  const page = await stage.open(daemon.url);
  await page.getByLabel("API key").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("API key").fill("open-sesame");
  await page.keyboard.press("Enter");
  await page.getByText("Live", { exact: true }).waitFor();

  await page.keyboard.press("a");
  await page.locator("input[type=file]").first().setInputFiles({ name: "talk.wav", mimeType: "audio/wav", buffer: Buffer.from(tone(20)) });
  await page.getByRole("button", { name: "Transcribe" }).click();
  await row(page, "talk.wav").getByText("Done").waitFor();
  const download = page.waitForEvent("download");
  await row(page, "talk.wav").getByRole("button", { name: "Download .srt: talk.wav" }).click();
  expect((await download).suggestedFilename()).toBe("talk.srt");
  // The player has no key, and plays all the same.
  await row(page, "talk.wav").getByRole("link", { name: "talk.wav", exact: true }).click();
  await page.locator(".line").nth(2).locator(".line-text").click();
  await page.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 8.1);

  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  stage.forgive(page, /401/);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing (${colorScheme})`, async () => {
    const daemon = await stage.daemon();
    daemon.letPass(1);
    await daemon.waitFor((await daemon.submit("talk-1.wav", tone(4))).id, "completed");
    for (let number = 2; number <= 8; ++number) await daemon.submit(`talk-${number}.wav`, tone(4));
    await daemon.submit("notes.txt", "no recording");
    const cancelled = await daemon.submit("cancelled.wav", tone(4));
    await fetch(`${daemon.url}/api/jobs/${cancelled.id}/cancel`, { method: "POST" });
    const page = await stage.open(daemon.url, { colorScheme });
    await row(page, "talk-1.wav").getByText("Done").waitFor();
    await row(page, "notes.txt").getByText("Queued").waitFor();
    await row(page, "talk-8.wav").getByRole("checkbox").click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("?");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("a");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await row(page, "talk-1.wav").getByRole("link", { name: "talk-1.wav", exact: true }).click();
    await page.locator(".line").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("e");
    await page.getByRole("textbox", { name: "Text at 0:00" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
}

test("everything fits a phone", async () => {
  const daemon = await stage.daemon();
  const job = await daemon.submit("a recording with quite a long name, as they often have.wav", tone(8));
  const page = await stage.open(daemon.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.getByRole("row").getByRole("checkbox").last().click();
  await page.getByText("1 job marked").waitFor();
  expect(await tooWide()).toBe(0);
  // The charts are pushed along, also by keyboard.
  await page.locator(".charts[tabindex='0']").waitFor();
  expect(await violations(page)).toEqual([]);
  daemon.letPass(2);
  await daemon.waitFor(job.id, "completed");
  await page.goto(`${daemon.url}/#/jobs/${job.id}`);
  await page.locator(".line").nth(1).waitFor();
  expect(await tooWide()).toBe(0);
  expect(await violations(page)).toEqual([]);
});

test("eight GPUs are seen at once on a wide screen, and come to by keyboard on a small one", async () => {
  const daemon = await stage.daemon({ gpus: 8 });
  const page = await stage.open(daemon.url, { viewport: { width: 2560, height: 1300 } });
  const last = page.getByRole("article", { name: "GPU 7, NVIDIA GeForce RTX 5070 Ti" });
  await last.getByText("free", { exact: true }).nth(2).waitFor();
  const below = () => page.evaluate(() => Math.max(...[...document.querySelectorAll(".machine .card")].map((card) => card.getBoundingClientRect().bottom)) - innerHeight);
  expect(await below()).toBeLessThan(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator("section.machine[tabindex='0']").waitFor();
  expect(await below()).toBeGreaterThan(0);
  expect(await violations(page)).toEqual([]);
  await page.locator("section.machine").focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => (document.querySelector(".machine")?.scrollTop ?? 0) > 0);
});

test("what went wrong fits a phone, too", async () => {
  const daemon = await stage.daemon({
    environment: { TRANSCRIBED_API_KEY: "open-sesame" },
    config: '[models.broken]\nengine = "command"\ncommand = ["sh", "-c", "echo /a/path/without/one/place/to/break/it/in/two/of/a/file/that/is/missing.py >&2; exit 3", "{audio}"]',
  });
  const page = await stage.open(daemon.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.getByLabel("API key").fill("open-sesame");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Add recordings" }).first().click();
  await page.locator("input[type=file]").first().setInputFiles({ name: "talk.wav", mimeType: "audio/wav", buffer: Buffer.from(tone(4)) });
  await page.getByLabel("Model").selectOption("broken");
  await page.getByRole("button", { name: "Transcribe" }).click();
  await row(page, "talk.wav").getByText("Failed").waitFor();
  expect(await tooWide()).toBe(0);
  await row(page, "talk.wav").getByRole("link", { name: "talk.wav", exact: true }).click();
  await page.getByText("/a/path/without").waitFor();
  expect(await tooWide()).toBe(0);
  await daemon.kill();
  await page.getByText("The server does not answer.").waitFor();
  expect(await tooWide()).toBe(0);
  await daemon.startAgain();
  await page.getByText("Live", { exact: true }).waitFor();
  // No such job.
  await page.goto(`${daemon.url}/#/jobs/abcdefabcdef`);
  await page.getByText("Back to all jobs").waitFor();
  expect(await violations(page)).toEqual([]);
  stage.forgive(page, /ERR_|401|404/);
});
