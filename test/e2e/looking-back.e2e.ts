// Looking back: one cursor moves curve, patches and tokens; a run leaves as a file and comes back the same.
import { readFileSync } from 'node:fs';
import { en } from '../../web/strings/en';
import { runText } from '../../web/strings/run';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';

test('the cursor moves every view, by buttons, keys and the mark of the best step', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  await page.getByRole('button', { name: /^Go to the best step/ }).click();
  const best = await noema.step.inputValue();
  await noema.step.fill('1');
  await expect(noema.step).toHaveValue('1');
  await page.getByRole('button', { name: runText.transport.on }).click();
  await expect(noema.step).toHaveValue('2');
  await noema.step.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(noema.step).toHaveValue('1');
  await page.keyboard.press('Home');
  await expect(noema.step).toHaveValue('0');
  await page.getByRole('button', { name: /^Go to the best step/ }).click();
  await expect(noema.step).toHaveValue(best);
});

test('the chart has a table with every step', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const events = await noema.exportRun();
  await page.getByRole('button', { name: runText.chart.showTable }).click();
  const rows = page.getByRole('table', { name: runText.chart.table.caption }).getByRole('row');
  await expect(rows).toHaveCount(1 + events.filter((event) => event.type === 'step').length);
  await expectAccessible(page, 'table');
});

test('a token shows its numbers under the keyboard', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const answers = noema.section(en.sections.answers);
  const tokens = answers.getByLabel(/token by token/).last();
  await tokens.locator('[tabindex="0"]').or(tokens).first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(answers.getByText(runText.answers.withImage).first()).toBeVisible();
});

test('an exported run opens again as the same run', async ({ page }, info) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const events = await noema.exportRun();
  const file = info.outputPath('again.jsonl');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: en.runs.export }).click();
  await (await download).saveAs(file);
  await page.getByLabel(en.runs.import).setInputFiles(file);
  await noema.expectFinished();
  expect(await noema.exportRun()).toEqual(events);
});

test('steps and tokens leave as tables', async ({ page }, info) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const steps = (await noema.exportRun()).filter((event) => event.type === 'step').length;
  for (const [label, least] of [
    [en.runs.stepsCsv, steps],
    [en.runs.tokensCsv, 1],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: label }).click();
    const file = info.outputPath('table.csv');
    await (await download).saveAs(file);
    const lines = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
    expect(lines.length, label).toBeGreaterThan(least);
  }
});

test.describe('a file that is no run', () => {
  type Lines = { type: string; [key: string]: unknown }[];
  const text = (lines: Lines): string => lines.map((line) => JSON.stringify(line)).join('\n');
  /** The run on screen with its event of this type changed: all else is as Noema exports it. */
  const changed = (lines: Lines, type: string, change: object): string => {
    expect(lines.map((line) => line.type)).toContain(type);
    return text(lines.map((line) => (line.type === type ? { ...line, ...change } : line)));
  };
  const BILLION = { x: 0, y: 0, width: 60_000, height: 60_000, rows: 60_000, columns: 60_000 };
  const broken: readonly (readonly [name: string, file: (run: Lines) => string, words: string])[] = [
    ['text', () => 'hello\n', 'Line 1 of this recording cannot be read. It is not JSON.'],
    ['nothing', () => '', 'It holds no events.'],
    ['another version', (run) => changed(run, 'started', { format: 99 }), 'It has format version 99'],
    ['a picture from elsewhere', (run) => changed(run, 'image', { preview: 'https://example.org/x.png' }), 'preview'],
    ['a picture that is a script', (run) => changed(run, 'image', { preview: 'data:text/html;base64,PHNjcmlwdD4=' }), 'preview'],
    ['a picture of a billion patches', (run) => changed(run, 'image', { tiles: [BILLION] }), 'image tokens'],
    ['a step out of order', (run) => text(run.filter(({ type, step }) => type !== 'step' || step !== 1)), 'Step 2 comes where 1 should'],
    ['a line broken in the middle', (run) => text(run).replace('"type":"step"', '"type":"st'), 'It is not JSON.'],
  ];
  for (const [name, file, words] of broken) {
    test(`is refused with a sentence, and the run on screen stays: ${name}`, async ({ page }) => {
      const noema = new Noema(page);
      await noema.openCalm();
      const before = await noema.exportRun();
      const buffer = Buffer.from(file(before));
      await page.getByLabel(en.runs.import).setInputFiles({ name: 'run.jsonl', mimeType: 'application/jsonl', buffer });
      await expect(noema.problem).toContainText(words);
      await page.getByRole('button', { name: en.errors.dismiss }).click();
      await expect(noema.problem).toBeHidden();
      expect(await noema.exportRun()).toEqual(before);
    });
  }

  test('is kept as far as it goes when it was cut off', async ({ page }) => {
    const noema = new Noema(page);
    await noema.openCalm();
    const lines = (await noema.exportRun()).slice(0, 8).map((event) => JSON.stringify(event));
    const buffer = Buffer.from(`${lines.join('\n')}\n{"type":"st`);
    await page.getByLabel(en.runs.import).setInputFiles({ name: 'cut.jsonl', mimeType: 'application/jsonl', buffer });
    await expect(noema.said).not.toContainText('Finished.');
    const kept = (await noema.exportRun()).map((event) => JSON.stringify(event));
    expect(kept.slice(0, lines.length)).toEqual(lines);
    expect(kept.slice(lines.length)).toEqual([expect.stringContaining('"type":"failed"')]);
  });
});
