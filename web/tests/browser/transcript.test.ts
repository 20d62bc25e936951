// The page of one job, against the real daemon.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { tone } from "./daemon.ts";
import { row, useStage } from "./stage.ts";

const stage = useStage();

const lines = (page: Page) => page.locator(".line");
const playerTime = (page: Page) => page.evaluate(() => document.querySelector("audio")?.currentTime ?? -1);

test("a transcript grows while it is heard", async () => {
  const daemon = await stage.daemon();
  const job = await daemon.submit("talk.wav", tone(12));
  const page = await stage.open(daemon.url);
  await row(page, "talk.wav").getByRole("link", { name: "talk.wav", exact: true }).click();
  await page.getByText("Listening…").waitFor();
  expect(await page.title()).toBe("talk.wav – transcribed");
  daemon.letPass(1);
  await lines(page).nth(0).waitFor();
  await page.getByText("33%").waitFor();
  // Who comes later sees what was heard before, too.
  const second = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(second).nth(0).waitFor();
  daemon.letPass(1);
  for (const one of [page, second]) await lines(one).nth(1).waitFor();
  daemon.letPass(1);
  for (const one of [page, second]) {
    await one.getByText("Done").waitFor();
    await one.getByRole("button", { name: "Correct" }).waitFor();
    expect(await lines(one).count()).toBe(3);
  }
});

test("the page follows what is heard, however much comes at once, until somebody scrolls away", async () => {
  const daemon = await stage.daemon();
  const job = await daemon.submit("talk.wav", tone(480));
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await page.getByText("Listening…").waitFor();
  const hear = async (upTo: number, sentences: number) => {
    daemon.letPass(sentences);
    await lines(page).nth(upTo - 1).waitFor();
  };
  const inSight = (index: number) => lines(page).nth(index).evaluate((line) => {
    const box = line.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  });
  await hear(1, 1);
  for (const upTo of [40, 80, 100]) {
    await hear(upTo, upTo === 40 ? 39 : upTo === 80 ? 40 : 20);
    await expect.poll(() => inSight(upTo - 1)).toBe(true);
  }
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForFunction(() => scrollY === 0);
  await hear(119, 19);
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("a click on a line plays it, and the line that is spoken is marked", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(60));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(page).nth(14).waitFor();
  await lines(page).nth(5).locator(".line-text").click();
  await page.locator(".line.spoken[data-line='5']").waitFor();
  await page.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 20);
  expect(await playerTime(page)).toBeLessThan(30);
  // It goes on to the next by itself.
  await page.locator(".line.spoken[data-line='6']").waitFor();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector("audio")?.paused === true);
  const at = await playerTime(page);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((before) => (document.querySelector("audio")?.currentTime ?? 99) < before - 4, at);
  await lines(page).nth(14).getByRole("button", { name: "Play from 0:56" }).click();
  await page.locator(".line.spoken[data-line='14']").waitFor();
});

test("the text is searched", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(200));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(page).nth(49).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("WEEKS");
  await page.getByText("1 of 6").waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("2 of 6").waitFor();
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.press("Shift+Enter");
  await page.getByText("6 of 6").waitFor();
  await page.locator("mark.looked-at").scrollIntoViewIfNeeded();
  expect(await page.locator("mark.looked-at").textContent()).toBe("weeks");
  expect(await page.locator("mark").count()).toBe(6);
});

test("corrections are saved, undone, and the original comes back", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(16));
  await daemon.waitFor(job.id, "completed");
  const text = async () => (await (await fetch(`${daemon.url}/api/jobs/${job.id}/transcript?format=txt`)).text()).trim().split("\n");
  const original = await text();
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await page.getByRole("button", { name: "Correct" }).click();
  await page.getByRole("textbox", { name: "Text at 0:00" }).fill("The very first words.");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Text at 0:04" }).fill("And the second.");
  await page.keyboard.press("Enter");
  await page.getByText("Saved", { exact: true }).waitFor();
  expect((await text()).slice(0, 2)).toEqual(["The very first words.", "And the second."]);

  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("textbox", { name: "Text at 0:04" }).waitFor();
  await page.getByText("Not saved yet").waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await text()).toEqual(["The very first words.", ...original.slice(1)]);
  await page.getByRole("button", { name: "Redo" }).click();
  await page.getByText("Not saved yet").waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect((await text())[1]).toBe("And the second.");

  // Of a page that knows nothing of it.
  await page.reload();
  await page.getByText("The very first words.").waitFor();
  await page.getByRole("button", { name: "Correct" }).click();
  await page.getByRole("button", { name: "Restore the original" }).click();
  await page.getByRole("button", { name: "Go back" }).click();
  await page.getByText(original[0] as string).waitFor();
  expect(await text()).toEqual(original);
});

// What the page sends of its corrections, until it is let through again.
async function refuseSaves(page: Page, status: number | null): Promise<() => Promise<void>> {
  await page.route("**/transcript", (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    if (status === null) return route.abort();
    return route.fulfill({ status, json: { error: { code: "refused", message: "Not now." } } });
  });
  return () => page.unroute("**/transcript");
}

test("corrections are undone and redone by keyboard", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(page).nth(1).waitFor();
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Text at 0:00" }).fill("Written anew.");
  await page.keyboard.press("Enter");
  const next = page.getByRole("textbox", { name: "Text at 0:04" });
  await next.waitFor();
  await next.press("Control+z");
  const first = page.getByRole("textbox", { name: "Text at 0:00" });
  await first.waitFor();
  expect(await first.inputValue()).not.toBe("Written anew.");
  await first.press("Control+y");
  await expect.poll(() => first.inputValue()).toBe("Written anew.");
  await first.press("Control+z");
  await expect.poll(() => first.inputValue()).not.toBe("Written anew.");
  await first.press("Control+Shift+z");
  await expect.poll(() => first.inputValue()).toBe("Written anew.");
});

test("a line is written from the side that its language begins at", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const address = `${daemon.url}/api/jobs/${job.id}/transcript`;
  const transcript = (await (await fetch(`${address}?format=json`)).json()) as { segments: { text: string }[] };
  (transcript.segments[1] as { text: string }).text = " هل قرأ الجميع الملاحظات؟";
  await fetch(address, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(transcript) });
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(page).nth(1).waitFor();
  const directions = () => page.locator(".line-text").evaluateAll((all) => all.map((one) => getComputedStyle(one).direction));
  expect(await directions()).toEqual(["ltr", "rtl"]);
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Text at 0:00" }).press("Enter");
  await page.getByRole("textbox", { name: "Text at 0:04" }).waitFor();
  expect(await directions()).toEqual(["ltr", "rtl"]);
});

test("two who correct the same transcript keep both their lines", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(16));
  await daemon.waitFor(job.id, "completed");
  const pages = [await stage.open(`${daemon.url}/#/jobs/${job.id}`), await stage.open(`${daemon.url}/#/jobs/${job.id}`)] as const;
  for (const page of pages) {
    await page.getByRole("button", { name: "Correct" }).click();
    await page.getByRole("textbox", { name: "Text at 0:00" }).waitFor();
  }
  await pages[0].getByRole("textbox", { name: "Text at 0:00" }).fill("The first of the one.");
  await pages[0].getByText("Saved", { exact: true }).waitFor();
  await pages[1].getByRole("button", { name: /^Correct: / }).nth(0).click();
  await pages[1].getByRole("textbox", { name: "Text at 0:04" }).fill("The second of the other.");
  await pages[1].getByText("“talk.wav” has been corrected elsewhere, too.").waitFor();
  await pages[1].getByText("The first of the one.").waitFor();
  await pages[1].getByText("Saved", { exact: true }).waitFor();
  expect(await pages[1].getByRole("textbox").last().inputValue()).toBe("The second of the other.");
  const kept = await (await fetch(`${daemon.url}/api/jobs/${job.id}/transcript?format=txt`)).text();
  expect(kept.split("\n").slice(0, 2)).toEqual(["The first of the one.", "The second of the other."]);
  stage.forgive(pages[1], /412/);
});

test("what is being typed is not lost by a reload, by leaving the page, or by a failed save", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  const letThrough = await refuseSaves(page, null);
  await page.getByRole("button", { name: "Correct" }).click();
  const box = page.getByRole("textbox", { name: "Text at 0:00" });
  await box.press("End");
  await page.keyboard.type(" And more.");
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();

  await page.getByText("Not saved: The server does not answer.").waitFor();
  await page.getByRole("link", { name: "All jobs" }).click();
  await page.getByText("The corrections of “talk.wav” are not saved").waitFor();
  await row(page, "talk.wav").getByRole("link", { name: "talk.wav", exact: true }).click();
  await box.waitFor();
  expect(await box.inputValue()).toMatch(/ And more\.$/);
  await page.getByRole("link", { name: "All jobs" }).click();
  await letThrough();
  // By itself, though nobody looks.
  await expect.poll(async () => (await (await fetch(`${daemon.url}/api/jobs/${job.id}/transcript?format=txt`)).text()).split("\n")[0], { timeout: 30_000 }).toMatch(/ And more\.$/);
  stage.forgive(page, /ERR_FAILED/);
});

test("a correction outlives the key it was made with", async () => {
  const daemon = await stage.daemon({ environment: { TRANSCRIBED_API_KEY: "open-sesame" }, speed: 1000 });
  const headers = { Authorization: "Bearer open-sesame" };
  const page = await stage.open(daemon.url);
  await page.getByLabel("API key").fill("open-sesame");
  await page.keyboard.press("Enter");
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("a");
  await page.locator("input[type=file]").first().setInputFiles({ name: "talk.wav", mimeType: "audio/wav", buffer: Buffer.from(tone(8)) });
  await page.getByRole("button", { name: "Transcribe" }).click();
  await row(page, "talk.wav").getByText("Done").waitFor();
  await row(page, "talk.wav").getByRole("link", { name: "talk.wav", exact: true }).click();
  await page.getByRole("button", { name: "Correct" }).click();
  const letThrough = await refuseSaves(page, 401);
  await page.getByRole("textbox", { name: "Text at 0:00" }).fill("Not to be lost.");
  await page.getByLabel("API key").waitFor();
  expect(await page.getByRole("heading", { name: "talk.wav" }).count()).toBe(0);
  await letThrough();
  await page.getByLabel("API key").fill("open-sesame");
  await page.keyboard.press("Enter");
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await page.getByRole("textbox", { name: "Text at 0:00" }).inputValue()).toBe("Not to be lost.");
  const id = new URL(page.url()).hash.split("/").at(-1);
  const kept = await (await fetch(`${daemon.url}/api/jobs/${id}/transcript?format=txt`, { headers })).text();
  expect(kept.split("\n")[0]).toBe("Not to be lost.");
  stage.forgive(page, /401/);
});

test("the page of a job that is deleted goes back to the list", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  const other = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  for (const one of [page, other]) await lines(one).nth(1).waitFor();
  await other.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Deleted 1 job.").waitFor();
  await other.getByText("“talk.wav” was deleted.").waitFor();
  for (const one of [page, other]) {
    await one.getByRole("heading", { name: "Jobs" }).waitFor();
    expect(new URL(one.url()).hash).toBe("#/");
  }
});

test("Space on a menu opens it, and plays nothing", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  await lines(page).nth(1).waitFor();
  await page.getByText("Download", { exact: true }).focus();
  await page.locator("summary:focus").waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("link", { name: "Text (.txt)" }).waitFor();
  expect(await page.evaluate(() => document.querySelector("audio")?.paused)).toBe(true);
});

test("the player waits for a recording that is still being fetched", async () => {
  let send: () => void = () => {};
  const elsewhere = createServer((_, response) => {
    response.setHeader("Content-Type", "audio/wav");
    response.flushHeaders();
    send = () => response.end(tone(8));
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  try {
    const daemon = await stage.daemon({ flags: ["--min-system-ram-mb", "1", "--ram-per-job-mb", "1"], config: '[outgoing]\nallowed_networks = ["127.0.0.0/8"]' });
    const { port } = elsewhere.address() as AddressInfo;
    const asked = new Promise((resolve) => elsewhere.once("request", resolve));
    const answer = await fetch(`${daemon.url}/api/jobs`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ url: `http://127.0.0.1:${port}/talk.wav` }),
    });
    const { id } = (await answer.json()) as { id: string };
    await asked;
    const page = await stage.open(`${daemon.url}/#/jobs/${id}`);
    await page.getByText("its recording is being fetched").waitFor();
    expect(await page.getByRole("region", { name: "Player" }).count()).toBe(0);
    send();
    await page.getByText("Listening…").waitFor();
    await page.waitForFunction(() => (document.querySelector("audio")?.duration ?? 0) === 8);
  } finally {
    elsewhere.close();
  }
});

test("every format can be downloaded", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const job = await daemon.submit("talk.wav", tone(8));
  await daemon.waitFor(job.id, "completed");
  const page = await stage.open(`${daemon.url}/#/jobs/${job.id}`);
  for (const [label, name] of [["Text (.txt)", "talk.txt"], ["Subtitles (.srt)", "talk.srt"], ["Web subtitles (.vtt)", "talk.vtt"], ["Table (.tsv)", "talk.tsv"], ["Lyrics (.lrc)", "talk.lrc"], ["JSON (.json)", "talk.json"], ["JSON, as OpenAI (.verbose.json)", "talk.verbose.json"]] as const) {
    await page.getByText("Download", { exact: true }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: label, exact: true }).click();
    expect((await download).suggestedFilename()).toBe(name);
  }
});
