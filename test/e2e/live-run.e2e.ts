// A live run on the embedded model, as a visitor makes it: on the processor and on WebGPU.
import { en } from '../../web/strings/en';
import { Noema, pressLater } from './noema';
import { longTasks } from './long-tasks';
import { expect, test } from './watched-page';

for (const device of ['wasm', 'webgpu'] as const) {
  test(`a question is answered on ${device}`, async ({ page }) => {
    test.setTimeout(600_000);
    const noema = new Noema(page);
    await noema.openCalm({ device, steps: '2', maxNewTokens: '16' });
    await noema.chooseSample();
    const press = await pressLater(noema.runButton);
    const tasks = await longTasks(page, () => noema.runToEndUnasked(press));
    await noema.expectFinished();

    const events = await noema.exportRun();
    const types = events.map((event) => event.type);
    expect(types[0]).toBe('started');
    expect(types.at(-1)).toBe('finished');
    expect(events.filter((event) => event.type === 'step').map((event) => event['step'])).toEqual([0, 1, 2]);
    expect(events[0]['device']).toMatchObject({ kind: device });
    expect(types).toContain('dependence');
    expect(tasks, 'milliseconds of main-thread tasks over 50 ms while a run streams').toEqual([]);
  });
}

test('the same seed gives the same run', async ({ page }) => {
  test.setTimeout(600_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '3', seed: '11', maxNewTokens: '16' });
  await noema.chooseSample();
  const runs: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    await noema.runToEnd();
    const steps = (await noema.exportRun()).filter((event) => ['step', 'token', 'dependence'].includes(event.type));
    runs.push(steps.map((event) => ({ ...event, ms: 0 })));
  }
  expect(runs[1]).toEqual(runs[0]);
});

test('every way of answering works', async ({ page }) => {
  test.setTimeout(600_000);
  const noema = new Noema(page);
  for (const method of ['direct', 'cot'] as const) {
    await noema.openCalm({ device: 'wasm', method, maxNewTokens: '16' });
    await noema.chooseSample();
    await noema.runToEnd();
    const [started] = await noema.exportRun();
    expect(started).toMatchObject({ type: 'started', method });
  }
});

test('loading alone says what it costs, then that it is ready, and gives the memory back', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm' });
  await page.getByRole('button', { name: en.model.load }).click();
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible({ timeout: 120_000 });
  await page.getByRole('button', { name: en.model.unload }).click();
  await expect(page.getByRole('button', { name: en.model.load })).toBeVisible();
});
