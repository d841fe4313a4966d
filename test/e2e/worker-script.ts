// Changes what the engine's thread finds when it starts: how journeys stage a browser that lacks or loses something.
import type { Page } from '@playwright/test';

/** The start of the worker's script, in the built page. */
const WORKER = /engine\.worker.*\.js$/;

/** Runs `script` in every engine thread the page starts, before the thread's own script. */
export async function beforeWorker(page: Page, script: string): Promise<void> {
  await page.route(WORKER, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script}\n${await response.text()}` });
  });
}
