// The list of jobs and what can be done to them, against the real daemon.
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { tone } from "./daemon.ts";
import { row, useStage } from "./stage.ts";

const stage = useStage();

// As a drop from the desktop arrives.
async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(content as number[])], fileName as string, { type: "audio/wav" }));
      return data;
    },
    [name, [...bytes]] as const,
  );
  for (const type of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("#jobs", type, { dataTransfer: transfer });
}

test("a recording that is dropped goes through its states", async () => {
  const daemon = await stage.daemon();
  const page = await stage.open(daemon.url);
  await dropFile(page, "talk.wav", tone(8));
  const dialog = page.getByRole("dialog", { name: "Add recordings" });
  await dialog.getByText("talk.wav").waitFor();
  await dialog.getByLabel("Model").selectOption("small");
  await dialog.getByLabel("Language").selectOption("en");
  await dialog.getByLabel("Save transcripts as").selectOption("vtt");
  await dialog.getByRole("button", { name: "Transcribe" }).click();

  const talk = row(page, "talk.wav");
  await talk.getByText("Running").waitFor();
  await page.getByRole("region", { name: "Uploads" }).getByText("Sent", { exact: true }).waitFor();
  // In a lane of the card, too.
  const lane = page.getByRole("article", { name: "GPU 0, RTX 5070 Ti" }).getByRole("listitem").filter({ hasText: "talk.wav" });
  await lane.waitFor();
  expect(await page.getByRole("article", { name: /GPU 0/ }).getByText("free", { exact: true }).count()).toBe(2);
  daemon.letPass(1);
  await lane.getByText("50%").waitFor();
  await talk.getByText("50%").waitFor();
  daemon.letPass(1);
  await talk.getByText("Done").waitFor();
  await lane.waitFor({ state: "detached" });

  const jobs = (await (await fetch(`${daemon.url}/api/jobs`)).json()).jobs;
  expect(jobs).toMatchObject([{ name: "talk.wav", model: "small", options: { language: "en" } }]);
  const download = page.waitForEvent("download");
  await talk.getByRole("link", { name: "Download .vtt: talk.wav" }).click();
  expect((await download).suggestedFilename()).toBe("talk.vtt");
});

test("what is typed into the search stays there", async () => {
  const daemon = await stage.daemon();
  await daemon.submit("two words.wav", tone(4));
  await daemon.submit("three.wav", tone(4));
  const page = await stage.open(daemon.url);
  await row(page, "three.wav").waitFor();
  const box = page.getByRole("searchbox", { name: "Search by name" });
  await box.focus();
  await page.keyboard.type("two ");
  await row(page, "three.wav").waitFor({ state: "detached" });
  expect(await box.inputValue()).toBe("two ");
  await page.keyboard.type("words");
  expect(await box.inputValue()).toBe("two words");
  await row(page, "two words.wav").waitFor();
});

test("a name is found in small letters and in large ones, and as another system writes it", async () => {
  const daemon = await stage.daemon();
  await daemon.submit("ÄRGER.wav", tone(4));
  const page = await stage.open(daemon.url);
  await row(page, "ÄRGER.wav").waitFor();
  await page.keyboard.press("a");
  await page.locator("input[type=file]").first().setInputFiles({ name: "Müller.wav".normalize("NFD"), mimeType: "audio/wav", buffer: Buffer.from(tone(4)) });
  await page.getByRole("button", { name: "Transcribe" }).click();
  await row(page, "Müller.wav").waitFor();
  const box = page.getByRole("searchbox", { name: "Search by name" });
  await box.fill("ärger");
  await row(page, "Müller.wav").waitFor({ state: "detached" });
  await row(page, "ÄRGER.wav").waitFor();
  await box.fill("MÜLLER");
  await row(page, "ÄRGER.wav").waitFor({ state: "detached" });
  await row(page, "Müller.wav").waitFor();
});

test("of a folder only recordings are taken", async () => {
  const daemon = await stage.daemon();
  daemon.write("tapes/a.wav", tone(4));
  daemon.write("tapes/deep/b.wav", tone(4));
  daemon.write("tapes/notes.txt", "no recording");
  const page = await stage.open(daemon.url);
  await page.keyboard.press("a");
  await page.locator("input[type=file]").nth(1).setInputFiles(`${daemon.folder}/tapes`);
  await page.getByText("1 file that no recording can be were left out.").waitFor();
  await page.getByText("2 recordings, ").waitFor();
  // Enter is for the button that takes the focus once there is something to send.
  await page.getByRole("button", { name: "Transcribe" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await row(page, "a.wav").waitFor();
  await row(page, "b.wav").waitFor();
  expect(await page.getByRole("row").count()).toBe(3);
});

test("what is refused says why, and can be tried again", async () => {
  const daemon = await stage.daemon();
  const page = await stage.open(daemon.url);
  await page.keyboard.press("a");
  await page.locator("input[type=file]").first().setInputFiles({ name: "empty.wav", mimeType: "audio/wav", buffer: Buffer.alloc(0) });
  await page.getByRole("button", { name: "Transcribe" }).click();
  const tray = page.getByRole("region", { name: "Uploads" });
  await tray.getByRole("alert").waitFor();
  expect(await tray.getByRole("alert").textContent()).toContain("empty");
  await tray.getByRole("button", { name: "Try again: empty.wav" }).waitFor();
  stage.forgive(page, /400/);
});

test("recordings wait for a server that is away, and are sent by themselves", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  const page = await stage.open(daemon.url);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("a");
  const names = ["one.wav", 'a "good" one.wav', "three.wav"];
  await page.locator("input[type=file]").first().setInputFiles(names.map((name, index) => ({ name, mimeType: "audio/wav", buffer: Buffer.from(tone(4 + index)) })));
  await daemon.kill();
  await page.getByRole("button", { name: "Transcribe" }).click();
  const tray = page.getByRole("region", { name: "Uploads" });
  await tray.getByText("It is sent again.").first().waitFor();
  await page.getByText("Not connected").waitFor();
  await daemon.startAgain();
  for (const name of names) await row(page, name).getByText("Done").waitFor();
  // Nothing is left to do: it goes away.
  await tray.getByRole("status").getByText("3 recordings sent").waitFor();
  await tray.waitFor({ state: "detached" });
  stage.forgive(page, /ERR_/);
});

test("jobs are cancelled, retried and deleted, one or many", async () => {
  const daemon = await stage.daemon();
  for (let number = 1; number <= 8; ++number) await daemon.submit(`talk-${number}.wav`, tone(4));
  const page = await stage.open(daemon.url);
  await row(page, "talk-8.wav").getByText("all 5 slots busy, 3rd in line").waitFor();
  await row(page, "talk-7.wav").getByText("all 5 slots busy, 2nd in line").waitFor();

  await row(page, "talk-8.wav").getByRole("button", { name: "Move to front: talk-8.wav" }).click();
  await row(page, "talk-8.wav").getByText("all 5 slots busy", { exact: true }).waitFor();
  await row(page, "talk-7.wav").getByText("all 5 slots busy, 3rd in line").waitFor();

  // One that runs and one that waits; those behind it move up.
  await row(page, "talk-1.wav").getByRole("button", { name: "Cancel: talk-1.wav" }).click();
  await row(page, "talk-1.wav").getByText("Cancelled").waitFor();
  await row(page, "talk-8.wav").getByText("Running").waitFor();
  await row(page, "talk-7.wav").getByRole("button", { name: "Cancel: talk-7.wav" }).click();
  await row(page, "talk-7.wav").getByText("Cancelled").waitFor();
  await row(page, "talk-6.wav").getByText("all 5 slots busy", { exact: true }).waitFor();
  // A job that says nothing more stands in the same columns as one that does.
  const columns = (name: string) => row(page, name).locator(".cell.status, .cell.model, .cell.created").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().x));
  expect(await columns("talk-7.wav")).toEqual(await columns("talk-6.wav"));

  // By keyboard: mark two and retry them.
  await page.getByRole("button", { name: "Cancelled" }).click();
  await row(page, "talk-8.wav").waitFor({ state: "detached" });
  await page.getByRole("row").nth(2).waitFor();
  await page.getByRole("row").nth(1).focus();
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByText("2 jobs marked").waitFor();
  await page.keyboard.press("r");
  await page.getByText("Queued again 2 jobs.").waitFor();
  await page.getByText("No job is like that.").waitFor();

  await page.getByRole("button", { name: /^Queued/ }).click();
  await row(page, "talk-6.wav").waitFor();
  await page.getByRole("checkbox", { name: "Mark all that are loaded" }).click();
  await page.getByRole("toolbar").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the jobs" }).click();
  await page.getByText("No job is like that.").waitFor();

  await page.getByRole("button", { name: "All" }).click();
  await row(page, "talk-6.wav").getByRole("button", { name: "Delete: talk-6.wav" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  expect(await row(page, "talk-6.wav").count()).toBe(1);
  await row(page, "talk-6.wav").getByRole("button", { name: "Delete: talk-6.wav" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row(page, "talk-6.wav").waitFor({ state: "detached" });
});

test("the keyboard keeps its place", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  for (let number = 1; number <= 6; ++number) await daemon.waitFor((await daemon.submit(`talk-${number}.wav`, tone(4))).id, "completed");
  const page = await stage.open(daemon.url);
  const focused = page.locator("[role=row]:focus");
  await row(page, "talk-6.wav").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await focused.filter({ hasText: "talk-4.wav" }).waitFor();

  // Into a transcript and back.
  await page.keyboard.press("Enter");
  await page.locator("h1:focus").filter({ hasText: "talk-4.wav" }).waitFor();
  await page.keyboard.press("Escape");
  await focused.filter({ hasText: "talk-4.wav" }).waitFor();

  // What is deleted leaves it to the next; a question that is answered with no, where it was.
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Keep" }).click();
  await focused.filter({ hasText: "talk-4.wav" }).waitFor();
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Enter");
  await focused.filter({ hasText: "talk-3.wav" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await focused.filter({ hasText: "talk-3.wav" }).waitFor();

  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Drop recordings here").waitFor();
  await page.locator("#jobs:focus").waitFor();
});

test("what fails says why", async () => {
  const daemon = await stage.daemon();
  await daemon.submit("notes.txt", "not a recording");
  const page = await stage.open(daemon.url);
  await row(page, "notes.txt").getByText("Failed").waitFor();
  await row(page, "notes.txt").getByText("there is no audio in this file").waitFor();
});

test("many transcripts are downloaded as one file", async () => {
  const daemon = await stage.daemon({ speed: 1000 });
  for (const name of ["one.wav", "two.wav", "two.wav"]) await daemon.waitFor((await daemon.submit(name, tone(4))).id, "completed");
  const page = await stage.open(daemon.url);
  await row(page, "one.wav").waitFor();
  await page.getByRole("checkbox", { name: "Mark all that are loaded" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("toolbar").getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("transcripts.zip");
  await page.getByText("Downloaded 3 transcripts as transcripts.zip.").waitFor();
});

test("ten thousand jobs scroll, and few of them are in the page", async () => {
  const daemon = await stage.daemon({ flags: ["--min-system-ram-mb", "1", "--ram-per-job-mb", "1", "--allowed-paths", "/"] });
  const path = daemon.write("talk.wav", tone(4));
  const total = 10_000;
  let number = 0;
  const submitter = async () => {
    while (number < total) {
      const name = `talk-${String(++number).padStart(5, "0")}.wav`;
      const response = await fetch(`${daemon.url}/api/jobs`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ path, name }) });
      if (response.status !== 201) throw new Error(await response.text());
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 32 }, submitter));

  const page = await stage.open(daemon.url);
  await page.getByText("9,995 waiting").waitFor();
  await row(page, "talk-10000.wav").waitFor();
  // To the end, page by page, as fast as they come.
  await page.evaluate(async () => {
    const atEnd = () => document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") !== "-1";
    while (!atEnd()) {
      scrollTo(0, document.documentElement.scrollHeight);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    scrollTo(0, document.documentElement.scrollHeight);
  });
  await row(page, "talk-00001.wav").waitFor();
  expect(await page.getByRole("grid").getAttribute("aria-rowcount")).toBe(String(total + 1));
  expect(await page.locator(".rows .row").count()).toBeLessThan(80);

  // What happens far away from what is shown moves nothing; what is shown is right.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await page.locator(".rows .row").first().waitFor();
  await page.keyboard.press("Home");
  daemon.letPass(1);
  await page.getByText("9,994 waiting").waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("TALK-0777");
  await row(page, "talk-07770.wav").waitFor();
  expect(await page.getByRole("row").count()).toBe(11);
  await page.keyboard.press("Escape");
  await row(page, "talk-10000.wav").waitFor();
});
