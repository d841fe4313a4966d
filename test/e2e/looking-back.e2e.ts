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
  const broken = [
    ['text', 'hello\n', 'PROTOCOL'],
    ['another version', '{"type":"started","format":99}\n', 'version'],
    ['a hostile picture', '{"type":"image","width":1,"preview":"https://example.org/x.png"}\n', 'PROTOCOL'],
    ['nothing', '', 'holds no'],
  ] as const;
  for (const [name, text] of broken) {
    test(`is refused with a sentence, and the run on screen stays: ${name}`, async ({ page }) => {
      const noema = new Noema(page);
      await noema.openCalm();
      const before = await noema.exportRun();
      await page.getByLabel(en.runs.import).setInputFiles({ name: 'run.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(text) });
      await expect(noema.problem).toBeVisible();
      await expectAccessible(page, '[role=alert]');
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
    await expect.poll(async () => (await noema.exportRun()).length).toBeGreaterThanOrEqual(lines.length);
  });
});
