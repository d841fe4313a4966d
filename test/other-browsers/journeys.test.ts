// The page in Firefox or WebKitGTK, as a visitor uses it: arrival, a recording, a live run with Chromium's numbers, a run that is stopped.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import type { RunEvent, RunEventOf } from '../../src/events/events';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import { runInBrowser } from '../../web/cli/browser-job';
import { ROOT } from '../../web/cli/built-page';
import { CHROMIUM_FLAGS } from '../../web/cli/chromium';
import { en } from '../../web/strings/en';
import { modelsText } from '../../web/strings/models';
import { HubControl } from '../hub/client';
import { startHub } from '../hub/hub';
import type { Driven } from './driven';
import { openFirefox } from './firefox';
import { ensureFirefox, ensureWebKit } from './programs';
import type { Watched } from './watch';
import { openWebKit } from './webkit';

/** A loaded machine may take a while; nothing here is measured. */
const PATIENCE = { timeout: 120_000, interval: 200 };
const PICTURES = join(ROOT, 'test-results/other-browsers');
const RECORDING = join(ROOT, 'public/runs/nearest.jsonl');
const SAMPLE = 'standard-1.png';
const SETTINGS = { steps: 3, seed: 11, maxNewTokens: 16 };

const name = inject('otherBrowser');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
let page: Driven;

beforeAll(async () => {
  page = name === 'firefox' ? await openFirefox(ensureFirefox(say)) : await openWebKit(ensureWebKit(say));
  say(`Browser: ${page.version}`);
  mkdirSync(PICTURES, { recursive: true });
});
afterAll(() => page.close());

afterEach(async () => {
  const watched = await page.look(() => (window as unknown as Watched).watched);
  expect([...watched, ...page.problems()], 'what must never happen on the page').toEqual([]);
});

// First: a browser that has shown no page yet.
test('a model from elsewhere is downloaded, kept, and loaded again from what is kept', async () => {
  const root = mkdtempSync(join(tmpdir(), 'noema-hub-'));
  mkdirSync(join(root, 'noema'));
  symlinkSync(join(ROOT, 'public/models/noema-tiny'), join(root, 'noema/tiny'));
  const hub = await startHub({ root });
  try {
    const search = { model: `${hub.hub}/noema/tiny/tree/main`, device: 'wasm', method: 'direct', dependence: 'false', maxNewTokens: '4' };
    await page.open(`${inject('page')}?${new URLSearchParams(search).toString()}`);
    await finished();
    await page.press({ element: 'button', name: en.run.run });
    const agree = await vi.waitFor(async () => {
      const names = await page.look(() => [...document.querySelectorAll('dialog[open] button')].map((button) => button.textContent.trim()));
      const label = names.find((one) => one.startsWith(modelsText.download(0).split(' (')[0]));
      expect(label, names.join(', ')).toBeDefined();
      return label ?? '';
    }, PATIENCE);
    await page.press({ element: 'button', name: agree });
    expect(eventsOf(await ran(), 'started')[0].model).toMatchObject({ id: 'noema/tiny' });
    const control = new HubControl(hub.hub);
    const sent = await control.sent('.onnx');
    expect(sent).toBeGreaterThan(1_000_000);
    await page.press({ element: 'button', name: en.model.unload });
    await page.press({ element: 'button', name: en.run.run });
    expect(eventsOf(await ran(), 'started')[0].model).toMatchObject({ id: 'noema/tiny' });
    expect(await control.sent('.onnx'), 'bytes of weights sent in all').toBe(sent);
  } finally {
    await hub.close();
    rmSync(root, { recursive: true, force: true });
  }
});

test('on arrival a recorded run plays to its end', async () => {
  await page.resize(1440, 1000);
  await page.open(inject('page'));
  await finished();
  const steps = eventsOf(await exported(), 'step').length;
  const look = () =>
    page.look((reward) => {
      const region = [...document.querySelectorAll('section')].find((one) => one.querySelector('h2')?.textContent === reward);
      return {
        title: document.title,
        rows: region?.querySelectorAll('tbody tr').length ?? 0,
        points: Math.max(
          0,
          ...[...(region?.querySelectorAll('svg path') ?? [])].map((path) => path.getAttribute('d')?.split(/[ML]/).length ?? 0),
        ),
        alerts: [...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent),
        fonts: [...document.fonts].some((font) => font.status === 'loaded'),
      };
    }, en.sections.reward);
  await vi.waitFor(async () => {
    const seen = await look();
    expect(seen).toMatchObject({ title: expect.stringMatching(/^Noema/), rows: steps, alerts: [], fonts: true });
    expect(seen.points).toBeGreaterThan(steps);
  }, PATIENCE);
  await page.look(() => scrollTo(0, 0));
  await page.picture(join(PICTURES, `${name}-arrival.png`));
});

// The narrowest a page must fit into (WCAG 1.4.10), and a phone.
test.each([320, 360])('fits a window %i pixels wide', async (width) => {
  await page.resize(width, 740);
  // The chart is drawn anew a moment after the window has its size.
  await vi.waitFor(async () => {
    const { right, parts } = await page.look(() => {
      const { right } = document.documentElement.getBoundingClientRect();
      const isCut = (part: Element): boolean =>
        part !== document.body && (getComputedStyle(part).overflowX !== 'visible' || isCut(part.parentElement ?? document.body));
      const wider = [...document.querySelectorAll('body *')].filter((part) => part.getBoundingClientRect().right > right + 0.5);
      const outside = wider.filter((part) => !isCut(part.parentElement ?? document.body));
      return { right, parts: outside.slice(0, 5).map((part) => `${part.tagName} ${part.getAttribute('class') ?? ''}`) };
    });
    expect(right).toBeLessThanOrEqual(width);
    expect(parts, 'parts of the page wider than its window').toEqual([]);
  }, PATIENCE);
  await page.picture(join(PICTURES, `${name}-${width}.png`));
  await page.resize(1440, 1000);
});

test('a recording opens from a file', async () => {
  const { events } = parseRecord(readFileSync(RECORDING, 'utf8'), METHODS);
  await page.give({ element: 'input', name: en.runs.import }, RECORDING);
  const [{ answer }] = eventsOf(events, 'finished');
  await vi.waitFor(async () => expect(await said()).toBe(en.live.finished(answer).trim()), PATIENCE);
  expect(await exported()).toEqual(events);
});

test('a live run gives what it gives in Chromium', async () => {
  const search = new URLSearchParams({
    device: 'wasm',
    dtype: 'q4',
    ...Object.fromEntries(Object.entries(SETTINGS).map(([key, value]) => [key, String(value)])),
  });
  await page.open(`${inject('page')}?${search.toString()}`);
  await finished();
  await chooseSample();
  await page.press({ element: 'button', name: en.run.run });
  const here = await ran();
  await page.look(() => scrollTo(0, 0));
  await page.picture(join(PICTURES, `${name}-run.png`));
  const [{ question, device }] = eventsOf(here, 'started');
  expect(device.kind).toBe('wasm');
  const there = await inChromium(question);
  expect(outcome(here)).toEqual(outcome(there));
  expect(eventsOf(here, 'step').length).toBe(SETTINGS.steps + 1);
  const numbers = (events: readonly RunEvent[]): readonly number[] => [
    ...eventsOf(events, 'step').flatMap(({ reward, bestReward }) => [reward ?? -1, bestReward ?? -1]),
    ...eventsOf(events, 'dependence').map(({ value }) => value),
  ];
  const expected = numbers(there);
  const worst = Math.max(...numbers(here).map((value, i) => Math.abs(value - expected[i])));
  expect(worst, 'largest difference of a reward or a dependence').toBeLessThan(1e-3);
});

test('a run that is stopped keeps what it has, and another can be started', async () => {
  await page.open(`${inject('page')}?steps=500`);
  await finished();
  await chooseSample();
  await page.press({ element: 'button', name: en.run.run });
  await vi.waitFor(async () => expect(await said()).toMatch(/The model thinks|Step \d+, best/), PATIENCE);
  await page.press({ element: 'button', name: en.run.stop });
  await vi.waitFor(async () => expect(await said()).toBe(en.live.cancelled), PATIENCE);
  expect((await exported()).at(-1)?.type).toBe('cancelled');
  await page.press({ element: 'button', name: en.run.run });
  await vi.waitFor(async () => expect(await said()).toMatch(/The model thinks|Step \d+, best/), PATIENCE);
});

/** Chooses the first sample picture, and waits until it is there: the questions that come with it move the buttons below them. */
async function chooseSample(): Promise<void> {
  const button = { element: 'button', name: en.picture.sample(en.picture.sampleTitle(1)) } as const;
  await page.press(button);
  const pressed = (label: string): boolean =>
    document.querySelector(`button[aria-label="${label}"]`)?.getAttribute('aria-pressed') === 'true';
  await vi.waitFor(async () => expect(await page.look(pressed, button.name)).toBe(true), PATIENCE);
}

/** Waits until what was just started, loading included, has ended with an answer, and gives its events. */
async function ran(): Promise<readonly RunEvent[]> {
  await vi.waitFor(async () => expect(await said()).not.toContain('Finished.'), PATIENCE);
  await finished();
  return exported();
}

/** What a screen reader hears. */
function said(): Promise<string> {
  return page.look(() => [...document.querySelectorAll('p.visually-hidden[role=status]')].at(-1)?.textContent.trim() ?? '');
}

async function finished(): Promise<void> {
  await vi.waitFor(async () => {
    const alerts = await page.look(() => [...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent));
    expect({ said: await said(), alerts }).toEqual({ said: expect.stringContaining('Finished.'), alerts: [] });
  }, PATIENCE);
}

/** The run on screen, as it leaves as a file. */
async function exported(): Promise<readonly RunEvent[]> {
  await page.press({ element: 'button', name: en.runs.export });
  const events = await vi.waitFor(() => {
    const [file] = readdirSync(page.downloads);
    const text = readFileSync(join(page.downloads, file ?? 'no file yet'), 'utf8');
    const record = parseRecord(text, METHODS);
    expect(record.events.length).toBeGreaterThan(0);
    return record.events;
  }, PATIENCE);
  for (const file of readdirSync(page.downloads)) rmSync(join(page.downloads, file));
  return events;
}

function eventsOf<T extends RunEvent['type']>(events: readonly RunEvent[], type: T): readonly RunEventOf<T>[] {
  return events.filter((event): event is RunEventOf<T> => event.type === type);
}

/** What two runs must have in common to the letter. */
function outcome(events: readonly RunEvent[]): unknown {
  const [{ answer, baseline, bestStep, reason }] = eventsOf(events, 'finished');
  return { answer, baseline, bestStep, reason, tokens: eventsOf(events, 'token').map(({ stream, id }) => ({ stream, id })) };
}

/** The same run by the same build in Chromium. */
async function inChromium(question: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  const picture = { base64: readFileSync(join(ROOT, 'public/samples', SAMPLE), 'base64'), name: SAMPLE };
  const runs = [{ method: METHODS.list[0].id, question, settings: SETTINGS, picture }];
  const hooks = { started: () => undefined, load: () => undefined, run: (_: number, event: RunEvent) => void events.push(event), say };
  const problem = await runInBrowser(
    { model: null, dtype: 'q4', device: 'wasm', runs, flags: CHROMIUM_FLAGS },
    hooks,
    new AbortController().signal,
  );
  expect(problem).toBeNull();
  return events;
}
