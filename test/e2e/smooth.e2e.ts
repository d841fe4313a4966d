// While a run streams, the page's main thread is never held for longer than a visitor would notice.
import { en } from '../../web/strings/en';
import { runText } from '../../web/strings/run';
import { longTasks } from './long-tasks';
import { Noema } from './noema';
import { expect, test } from './watched-page';

/** A chart this long grows through every size its views have. */
const STEPS = 15;
const WHAT = 'milliseconds of main-thread tasks over 50 ms';

test('a recorded run plays, and its steps again at four times the speed', async ({ page }) => {
  test.setTimeout(300_000);
  const noema = new Noema(page);
  await noema.openCalm();
  // Moving as for most visitors: the recorded run from its start, as on a first visit, but without the page's own start.
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const recordings = noema.section(en.sections.runs).getByRole('button', { name: en.source.recordedOn('').slice(0, -2) });
  const played = await longTasks(page, async () => {
    await recordings.first().click();
    await expect(noema.said).not.toContainText('Finished.');
    await noema.expectFinished();
  });
  const steps = (await noema.exportRun()).filter((event) => event.type === 'step').length;
  expect(steps, 'steps of the recorded run').toBeGreaterThan(STEPS);
  expect(played, WHAT).toEqual([]);

  const transport = page.getByRole('group', { name: runText.transport.label });
  await transport.getByText(runText.transport.speedOf(4)).click();
  const again = await longTasks(page, async () => {
    await transport.getByRole('button', { name: runText.transport.play }).click();
    // Any step but the last: on a busy machine the first ones pass between two looks.
    await expect(noema.step).not.toHaveValue(String(steps - 1));
    await expect(noema.step).toHaveValue(String(steps - 1));
  });
  expect(again, WHAT).toEqual([]);
});

test('a live run of default length', async ({ page }) => {
  test.setTimeout(300_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm' });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await noema.chooseSample();
  const tasks = await longTasks(page, () => noema.runToEnd());
  expect((await noema.exportRun()).filter((event) => event.type === 'step')).toHaveLength(1 + STEPS);
  expect(tasks, WHAT).toEqual([]);
});
