// While a run streams, the page's main thread is never held for longer than a visitor would notice.
import { en } from '../../web/strings/en';
import { runText } from '../../web/strings/run';
import { longTasks } from './long-tasks';
import { Noema, pressLater } from './noema';
import { expect, test } from './watched-page';

/** A chart this long grows through every size its views have. */
const STEPS = 15;
const WHAT = 'milliseconds of main-thread tasks over 50 ms';

/** Resolves in the page when a slider that leaves a value has it again. */
function comesBackTo(slider: SVGElement | HTMLElement, value: string): Promise<void> {
  return new Promise((resolve) => {
    let left = false;
    const timer = setInterval(() => {
      const there = slider instanceof HTMLInputElement && slider.value === value;
      if (!there) left = true;
      else if (left) {
        clearInterval(timer);
        resolve();
      }
    }, 20);
  });
}

test('a recorded run plays, and its steps again at four times the speed', async ({ page }) => {
  test.setTimeout(300_000);
  const noema = new Noema(page);
  await noema.openCalm();
  // Moving as for most visitors: the recorded run from its start, as on a first visit, but without the page's own start.
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const recordings = noema.section(en.sections.runs).getByRole('button', { name: en.source.recordedOn('').slice(0, -2) });
  const open = await pressLater(recordings.first());
  const played = await longTasks(page, () => noema.runToEndUnasked(open));
  await noema.expectFinished();
  const steps = (await noema.exportRun()).filter((event) => event.type === 'step').length;
  expect(steps, 'steps of the recorded run').toBeGreaterThan(STEPS);
  expect(played, WHAT).toEqual([]);

  const transport = page.getByRole('group', { name: runText.transport.label });
  await transport.getByText(runText.transport.speedOf(4)).click();
  const play = await pressLater(transport.getByRole('button', { name: runText.transport.play }));
  const slider = await noema.step.elementHandle();
  const again = await longTasks(page, async () => {
    const ended = slider?.evaluate(comesBackTo, String(steps - 1));
    await play();
    await ended;
  });
  expect(again, WHAT).toEqual([]);
});

test('a live run of default length', async ({ page }) => {
  test.setTimeout(300_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm' });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await noema.chooseSample();
  const press = await pressLater(noema.runButton);
  const tasks = await longTasks(page, () => noema.runToEndUnasked(press));
  await noema.expectFinished();
  expect((await noema.exportRun()).filter((event) => event.type === 'step')).toHaveLength(1 + STEPS);
  expect(tasks, WHAT).toEqual([]);
});
