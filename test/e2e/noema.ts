// The page in the words of a visitor: what journeys do on it and wait for, by accessible names alone.
import { expect, type Locator, type Page } from '@playwright/test';
import { en } from '../../web/strings/en';
import { runText } from '../../web/strings/run';

/** A live run on a loaded machine may take a while; the tests that promise a time measure it themselves. */
const RUN_MS = 420_000;

export class Noema {
  readonly page: Page;
  /** What a screen reader hears. */
  readonly said: Locator;
  readonly runButton: Locator;
  readonly stopButton: Locator;
  readonly question: Locator;
  readonly problem: Locator;
  readonly picture: Locator;
  readonly step: Locator;

  constructor(page: Page) {
    this.page = page;
    this.said = page.getByRole('status').and(page.locator('.visually-hidden')).last();
    this.runButton = page.getByRole('button', { name: en.run.run, exact: true });
    this.stopButton = page.getByRole('button', { name: en.run.stop, exact: true });
    this.question = page.getByRole('textbox', { name: en.question.title });
    this.problem = page.getByRole('alert');
    this.picture = page.getByRole('img', { name: runText.overlay.picture });
    this.step = page.getByRole('group', { name: runText.transport.label }).getByRole('slider', { name: runText.transport.scrub });
  }

  /** Opens the page; `search` is its settings, as in a link someone shares. */
  async open(search: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.page.goto(`./?${new URLSearchParams(search).toString()}`);
  }

  /** Opens the page with its recorded run drawn whole: nothing moves any more. */
  async openCalm(search: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.page.emulateMedia({ reducedMotion: 'reduce' });
    await this.open(search);
    await this.expectFinished();
  }

  async expectFinished(): Promise<void> {
    await expect(this.said).toContainText('Finished.', { timeout: RUN_MS });
  }

  /** Presses Run and waits for the end of the run, loading included. */
  async runToEnd(): Promise<void> {
    const began = this.#stopAppears();
    await this.runButton.click();
    await began;
    await expect(this.runButton).toBeVisible({ timeout: RUN_MS });
    await this.expectFinished();
  }

  /** Watches from inside the page: a short run may be over before anybody looks in from outside. */
  async #stopAppears(): Promise<void> {
    await this.page.evaluate(
      (label) =>
        new Promise<void>((resolve) => {
          const watcher = new MutationObserver(() => {
            if (![...document.querySelectorAll('button')].some((button) => button.textContent.trim() === label)) return;
            watcher.disconnect();
            resolve();
          });
          watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
      en.run.stop,
    );
  }

  /**
   * Begins a run with `press` and waits for its end by what a screen reader hears, and asks nothing of the page meanwhile: looking for elements
   * by role and text would be the page's longest tasks. Resolves too when the run fails; `expectFinished` tells.
   */
  async runToEndUnasked(press: () => Promise<void>): Promise<void> {
    const ended = this.page.evaluate(
      (ends) =>
        new Promise<void>((resolve, reject) => {
          const status = document.querySelector('p.visually-hidden[role=status]');
          if (!status) return reject(new Error('The page has nothing that says how a run goes.'));
          const ended = (): boolean => ends.some((words) => status.textContent.startsWith(words));
          let began = !ended();
          const watcher = new MutationObserver(() => {
            if (!ended()) began = true;
            else if (began) {
              watcher.disconnect();
              resolve();
            }
          });
          watcher.observe(status, { subtree: true, childList: true, characterData: true });
        }),
      [en.live.finished(''), en.live.failed(''), en.live.cancelled].map((words) => words.trim()),
    );
    await press();
    await ended;
  }

  /** Waits until a live run takes its steps. */
  async expectThinking(): Promise<void> {
    await expect(this.said).toContainText(/The model thinks|Step \d+, best/, { timeout: RUN_MS });
  }

  /** Chooses the n-th sample picture. */
  async chooseSample(n = 0): Promise<void> {
    await this.page
      .getByRole('button', { name: new RegExp(`^${en.picture.sample('')}`) })
      .nth(n)
      .click();
  }

  async ask(question: string): Promise<void> {
    await this.question.fill(question);
    await this.runButton.click();
  }

  /** The section with this heading. */
  section(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Text of an exported run's lines, parsed. */
  async exportRun(): Promise<{ type: string; [key: string]: unknown }[]> {
    const download = this.page.waitForEvent('download');
    await this.page.getByRole('button', { name: en.runs.export }).click();
    const stream = await (await download).createReadStream();
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
  }
}

/** Finds where to press now, so that pressing it asks nothing of the page but the press. */
export async function pressLater(target: Locator): Promise<() => Promise<void>> {
  await expect(target).toBeEnabled();
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  if (!box) throw new Error('What is to be pressed is not on the screen.');
  return () => target.page().mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}
