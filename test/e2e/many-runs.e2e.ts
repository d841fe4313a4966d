// Many runs in the page: a sweep that is stopped and gone on with, and an evaluation of a few items, on the embedded model.
import { readFileSync } from 'node:fs';
import { en } from '../../web/strings/en';
import { manyText } from '../../web/strings/many';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';

const FAST = { device: 'wasm', maxNewTokens: '8', dependence: 'false' };
const RUN_MS = 90_000;

test('a sweep is drawn as it comes, stopped, gone on with after a reload, exported, and opens as full runs', async ({ page }, info) => {
  test.setTimeout(240_000);
  const noema = new Noema(page);
  await noema.openCalm(FAST);
  await noema.chooseSample();
  const panel = noema.section(en.sections.many);
  const open = () => panel.getByRole('button', { name: en.runs.many }).click();
  await open();
  await panel.getByLabel(manyText.sweep.values('Steps')).fill('1, 2, 99999');
  await expect(panel.getByRole('alert')).toContainText('steps cannot be "99999".');
  await panel.getByLabel(manyText.sweep.values('Steps')).fill('1 to 3 by 1');
  await expect(panel.getByLabel(manyText.sweep.solution)).toHaveValue('yes');
  await panel.getByRole('button', { name: manyText.sweep.start }).click();

  const results = panel.getByRole('region', { name: manyText.sweep.results });
  await expect(noema.runButton).toBeHidden();
  await expect(page.getByRole('button', { name: manyText.stopSweep })).toHaveCount(2);
  const rows = results.getByRole('row');
  await expect(rows.nth(1)).toBeVisible({ timeout: RUN_MS });
  await page.getByRole('button', { name: manyText.stopSweep }).first().click();
  await expect(noema.runButton).toBeVisible({ timeout: RUN_MS });
  const done = (await rows.count()) - 1;
  expect(done).toBeLessThan(3);

  await page.reload();
  await noema.expectFinished();
  await open();
  await expect(rows).toHaveCount(1 + done);
  await results.getByRole('button', { name: manyText.sweep.goOn(3 - done) }).click();
  await expect(rows).toHaveCount(4, { timeout: RUN_MS });
  await expect(results.getByRole('img', { name: manyText.sweep.chart('Reward', 'Steps') })).toBeVisible();
  await expectAccessible(page, '[data-many]');

  for (const [label, lines] of [
    [manyText.sweep.csv, 4],
    [manyText.sweep.jsonl, 3],
  ] as const) {
    const download = page.waitForEvent('download');
    await results.getByRole('button', { name: label }).click();
    const file = info.outputPath('sweep');
    await (await download).saveAs(file);
    const found = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
    expect(label === manyText.sweep.csv ? found.length : found.filter((line) => line.startsWith('{"type":"started"')).length).toBe(lines);
  }
  await results.getByRole('button', { name: manyText.sweep.open('Steps 3') }).click();
  await noema.expectFinished();
  const events = await noema.exportRun();
  expect(events.filter(({ type }) => type === 'step')).toHaveLength(4);
});

test('an evaluation of a file of one’s own says what is wrong with it, judges, compares, and opens as full runs', async ({ page }) => {
  test.setTimeout(240_000);
  const noema = new Noema(page);
  await noema.openCalm({ ...FAST, method: 'dmlr', steps: '1' });
  const panel = noema.section(en.sections.many);
  await panel.getByRole('button', { name: en.runs.many }).click();
  await panel.getByText(manyText.kinds.evaluation, { exact: true }).click();
  await expect(panel.getByText(/samples\.json: 56 items/)).toBeVisible();
  await panel.getByText(manyText.evaluation.ownFile).click();
  const file = panel.getByLabel(manyText.evaluation.file);
  const json = (text: string) => ({ name: 'own.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  for (const [text, words] of [
    ['[{"idx": 1,', 'own.json is not JSON'],
    ['[]', 'own.json is an empty list.'],
    ['{}', 'own.json holds an object and not a list.'],
  ]) {
    await file.setInputFiles(json(text));
    await expect(panel.getByRole('alert')).toContainText(words);
  }
  const picture = readFileSync('public/samples/standard-1.png');
  const items = Array.from({ length: 4 }, (_, idx) => ({
    idx,
    prompt: `How many crosses and squares are there in total, asked ${idx}?`,
    solution: '4',
    image_path: idx === 3 ? 'gone.png' : 'standard-1.png',
  }));
  await file.setInputFiles(json(JSON.stringify(items)));
  await expect(panel.getByText(manyText.evaluation.noPictures)).toBeVisible();
  const { BlobReader, BlobWriter, ZipWriter } = await import('@zip.js/zip.js');
  const zip = new ZipWriter(new BlobWriter());
  await zip.add('standard-1.png', new BlobReader(new Blob([picture])));
  const buffer = Buffer.from(await (await zip.close()).arrayBuffer());
  await panel.getByLabel(manyText.evaluation.zip).setInputFiles({ name: 'pictures.zip', mimeType: 'application/zip', buffer });
  await expect(panel.getByText(manyText.evaluation.read('own.json', 4, 0))).toBeVisible();
  await panel.getByRole('button', { name: manyText.evaluation.start }).click();

  const results = panel.getByRole('region', { name: manyText.evaluation.of('own.json') });
  await expect(results.getByRole('status')).toContainText('4 of 4 items, 1 without a result', { timeout: 2 * RUN_MS });
  await expect(noema.runButton).toBeVisible();
  await expect(results.getByRole('group', { name: manyText.evaluation.compared }).getByRole('row')).toHaveCount(3);
  await expect(results.getByText('There is no picture "gone.png" in the zip file.')).toBeVisible();
  await expectAccessible(page, '[data-many]');
  await results.getByRole('button', { name: manyText.evaluation.open('dmlr', 2) }).click();
  await noema.expectFinished();
  expect((await noema.exportRun())[0]).toMatchObject({ question: items[1].prompt, method: 'dmlr' });
});
