// The closer look on the embedded model: every view of a recording and of a run made here, stopping, exporting, and the keyboard.
import { exploreText } from '../../web/strings/explore';
import { en } from '../../web/strings/en';
import { Noema } from './noema';
import { expect, test } from './watched-page';

const text = exploreText;
const FOUND = { timeout: 120_000 };

test('a run is looked at more closely', async ({ page }) => {
  test.setTimeout(240_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '2', maxNewTokens: '16' });
  const closer = noema.section(en.closer);
  const look = async (view: keyof typeof text.views): Promise<void> =>
    closer.getByRole('radio', { name: text.views[view], exact: true }).check({ force: true });
  await closer.getByRole('button', { name: en.closer }).click();

  // What a recording holds is shown without a model.
  const drift = closer.getByRole('slider', { name: text.drift.chart(text.drift.measures.drift.label) });
  await drift.focus();
  await page.keyboard.press('Home');
  await expect(drift).toHaveAttribute('aria-valuetext', /^Step 0: t1 0\.000/);
  await look('dependence');
  await expect(closer.getByText(text.dependence.ofRun)).toBeVisible();

  // The model makes a recording's thought again, and says how near it came.
  await look('map');
  await closer.getByRole('button', { name: text.map.start }).click();
  await expect(closer.getByText(/^Done\. The thought was made again here/)).toBeVisible(FOUND);

  await noema.chooseSample();
  await noema.runToEnd();

  await look('drift');
  await closer.getByRole('radio', { name: text.drift.measures.cosine.label }).check({ force: true });
  await expect(closer.getByRole('slider', { name: text.drift.chart(text.drift.measures.cosine.label) })).toBeVisible();

  await look('landscape');
  await closer.getByLabel(text.landscape.points).selectOption('5');
  await closer.getByRole('button', { name: text.landscape.start }).click();
  // The vectors of the run just made are at hand: nothing is made again.
  await expect(closer.getByText(text.ask.done, { exact: true })).toBeVisible(FOUND);
  const reward = closer.getByRole('slider', { name: new RegExp(`^${text.landscape.reward}`) });
  await expect(reward).toHaveAttribute('aria-valuetext', /^the decoded think tokens: R 0\.\d+, log p /);
  await reward.focus();
  await page.keyboard.press('ArrowUp');
  await expect(reward).toHaveAttribute('aria-valuetext', /^at 0\.00, 0\.50: R/);
  const download = page.waitForEvent('download');
  await closer.getByRole('button', { name: text.landscape.csv }).click();
  const stream = await (await download).createReadStream();
  let csv = '';
  for await (const chunk of stream) csv += String(chunk);
  expect(csv.trimEnd().split('\r\n')).toHaveLength(26);

  // A large grid is stopped; what was found stays.
  await closer.getByLabel(text.landscape.points).selectOption('21');
  await closer.getByRole('button', { name: text.landscape.start }).click();
  await expect(closer.getByText(/^Measured [1-9]/)).toBeVisible(FOUND);
  await closer.getByRole('button', { name: text.ask.stop }).click();
  await expect(closer.getByText(text.ask.stopped)).toBeVisible(FOUND);

  await look('dependence');
  await closer.getByLabel(text.dependence.corruption).selectOption('other');
  await closer.getByRole('button', { name: text.dependence.start }).click();
  await expect(closer.getByText(/^Another picture, strength 1\.00, 1 draw/)).toBeVisible(FOUND);
  await expect(closer.getByRole('slider', { name: text.dependence.threshold })).toHaveAttribute('aria-valuetext', /of \d+ tokens above it/);

  await look('heads');
  await closer.getByRole('button', { name: text.heads.start }).click();
  const first = closer.getByRole('button', { name: text.heads.cell(0, 0), exact: true });
  await first.click(FOUND);
  await page.keyboard.press('ArrowRight');
  await expect(closer.getByRole('button', { name: text.heads.cell(0, 1), exact: true })).toBeFocused();
  await expect(closer.getByText(/^layer 1, head 2: .* of its attention lies on the picture/)).toBeVisible();

  await look('map');
  await closer.getByRole('button', { name: text.map.start }).click();
  const map = closer.getByRole('slider', { name: text.map.chart });
  await map.focus(FOUND);
  await page.keyboard.press('Home');
  await expect(map).toHaveAttribute('aria-valuetext', text.map.point.latent(0, 0));
});
