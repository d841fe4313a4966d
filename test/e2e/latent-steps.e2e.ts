// A live run of interleaved latent steps on the embedded model: cards, patches by step, R and F, what made the difference, the comparison.
import { attentionText } from '../../web/strings/attention';
import { costsText } from '../../web/strings/costs';
import { ivtlrText } from '../../web/strings/ivtlr';
import { en } from '../../web/strings/en';
import { modelsText } from '../../web/strings/models';
import { runText } from '../../web/strings/run';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';

test('latent steps are watched one by one, taken apart, and compared', async ({ page }) => {
  test.setTimeout(120_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', method: 'ivtlr', patches: '3', controls: 'true', dependence: 'false', maxNewTokens: '12' });
  await noema.chooseSample();
  await noema.runToEnd();

  // The embedded model was not trained for them: said before the next run, and of this one.
  await expect(page.getByText('This model was not trained for interleaved latent steps')).toHaveCount(2);
  const cards = noema.section(ivtlrText.parts.latents.title);
  await expect(cards.getByRole('button', { name: runText.think.select(ivtlrText.latents, 2) })).toBeVisible();
  await expect(cards.getByRole('list', { name: ivtlrText.picks })).toHaveCount(3);
  await expect(cards.getByText(ivtlrText.facts.coverage)).toHaveCount(3);

  // One step back shows one block less on the picture, and its cards.
  const picture = (n: number) => page.getByRole('button', { name: `${runText.latent.long(ivtlrText.latents, n)}, 3 patches` });
  await expect(picture(2)).toBeVisible();
  await page.getByRole('button', { name: runText.transport.back }).click();
  await expect(picture(2)).toBeHidden();
  await expect(picture(1)).toBeVisible();

  // Both numbers of each step, in the panel that has no reward to show.
  const attention = noema.section(ivtlrText.parts.steps.title).getByRole('region', { name: attentionText.title });
  await expect(attention.getByRole('row', { name: /^Latent step \d/ })).toHaveCount(3);
  await expect(attention.getByRole('row', { name: /^Latent step 2( \d+\.\d{3}){4} \d+$/ })).toHaveAttribute('aria-current', 'step');

  const answers = noema.section('Answers');
  await expect(answers.getByRole('region', { name: runText.controls.title }).getByRole('row')).toHaveCount(9);
  await expect(answers.getByText(/^Without its latent steps/)).toBeVisible();

  await answers.getByRole('button', { name: costsText.compare(['Direct answer', 'Step by step']) }).click();
  const costs = answers.getByRole('region', { name: costsText.title });
  await expect(costs.getByRole('row')).toHaveCount(4, { timeout: 120_000 });
  await expect(attention.getByRole('row', { name: /^Sentence 1/ }).first()).toBeVisible();
  await expectAccessible(page);
});

test('the model that was trained for them is chosen among those of the page, and answers after three steps of four image tokens', async ({
  page,
}) => {
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', method: 'ivtlr', dependence: 'false' });
  await expect(page.getByText('This model was not trained for interleaved latent steps')).toHaveCount(0);
  await page.getByRole('button', { name: en.model.change }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('noema-tiny-ivtlr', { exact: true }).click();
  await dialog.getByRole('button', { name: modelsText.use }).click();
  await expect(page).toHaveURL(/[?&]model=noema-tiny-ivtlr/);
  await noema.chooseSample();
  await noema.runToEnd();
  await expect(page.getByText('This model was not trained for interleaved latent steps')).toHaveCount(0);
  await expect(noema.section(ivtlrText.parts.latents.title).getByRole('list', { name: ivtlrText.picks })).toHaveCount(3);
  await expect(noema.section('Runs').getByText('noema-tiny-ivtlr, q4')).toBeVisible();
  await expect(
    noema
      .section('Answers')
      .getByText(/\\boxed\{/)
      .first(),
  ).toBeVisible();
});
