// The page of one job, against the real daemon.
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
