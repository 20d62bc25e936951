// What every test of the page begins with: a daemon, a browser, and a page that may not complain.
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { complaints, launch } from "./chromium.ts";
import { Daemon, type DaemonOptions } from "./daemon.ts";

// Playwright waits so long for what a test looks for; the machine may be busy.
export const patience = 30_000;

export class Stage {
  browser!: Browser;
  private daemons: Daemon[] = [];
  private pages: { page: Page; complaints: string[] }[] = [];

  async daemon(options: DaemonOptions = {}): Promise<Daemon> {
    const daemon = await Daemon.start(options);
    this.daemons.push(daemon);
    return daemon;
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    this.pages.push({ page, complaints: complaints(page) });
    await page.goto(url);
    // Chromium drops keys that come before a page's first frame.
    await page.evaluate(() => new Promise<void>((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown()))));
    return page;
  }

  // For a test in which some are to be expected.
  forgive(page: Page, pattern: RegExp): void {
    const entry = this.pages.find((one) => one.page === page);
    if (entry) entry.complaints.splice(0, entry.complaints.length, ...entry.complaints.filter((text) => !pattern.test(text)));
  }

  async clear(): Promise<void> {
    const all = this.pages.flatMap((one) => one.complaints);
    for (const { page } of this.pages) await page.context().close();
    for (const daemon of this.daemons) await daemon.stop();
    this.pages = [];
    this.daemons = [];
    expect(all, "what the page complained of").toEqual([]);
  }
}

export function useStage(): Stage {
  const stage = new Stage();
  beforeAll(async () => {
    stage.browser = await launch();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.browser.close());
  return stage;
}

export function row(page: Page, name: string) {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
}
