// The pictures in the README: the reference box at work. The daemon is the real one; the GPUs and
// what is heard are stand-ins (tests/fakes).
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { launch } from "../browser/chromium.ts";
import { Daemon, tone } from "../browser/daemon.ts";

const folder = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));

const recordings: [name: string, minutes: number][] = [
  ["planning meeting, week 31.m4a", 9], ["interview Anna K, part 1.wav", 22], ["interview Anna K, part 2.wav", 31],
  ["lecture 07, thermodynamics.mp3", 46], ["dictation 2026-08-01.wav", 6], ["podcast 112, raw.wav", 38],
  ["board call.ogg", 27], ["church archive, tape 3 side B.flac", 44], ["grandmother, Christmas 1998.wav", 29],
  ["voice memo 14.m4a", 4], ["lecture 08, entropy.mp3", 47], ["site visit, heating.m4a", 18],
  ["interview Jonas B.wav", 33], ["choir rehearsal, announcements.mp3", 12], ["podcast 113, raw.wav", 41],
  ["parents' evening.m4a", 52], ["village chronicle, tape 11.flac", 43], ["interview Mehmet A.wav", 36],
];
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

test("the reference box at work", async () => {
  // Fast enough that a picture shows jobs in all states after three minutes.
  const daemon = await Daemon.start({ speed: 14, flags: [], environment: { FAKE_VRAM_IN_USE: "7614 5120" } });
  const browser = await launch();
  try {
    const submit = ([name, minutes]: [string, number]) => daemon.submit(name, tone(minutes * 60));
    const meeting = await submit(recordings[0] as [string, number]);
    await pause(25);
    await daemon.submit("notes to self.txt", "no recording");
    for (const one of recordings.slice(1, 6)) {
      await submit(one);
      await pause(6);
    }
    for (const one of recordings.slice(6)) await submit(one);
    await pause(150);

    const page = await browser.newPage({ viewport: { width: 1360, height: 880 }, colorScheme: "light", locale: "en-GB" });
    await page.goto(daemon.url);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("row").nth(8).waitFor();
    await pause(12);
    await page.screenshot({ path: `${folder}overview.png` });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 400, height: 850 });
    await pause(2);
    await page.screenshot({ path: `${folder}phone.png` });

    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1100, height: 700 });
    await page.goto(`${daemon.url}/#/jobs/${meeting.id}`);
    await page.locator(".line").nth(4).locator(".line-text").click();
    await page.locator(".line.spoken[data-line='4']").waitFor();
    await page.keyboard.press("Space");
    await page.mouse.move(5, 300);
    await pause(1);
    await page.screenshot({ path: `${folder}transcript.png` });
  } finally {
    await browser.close();
    await daemon.stop();
  }
});
