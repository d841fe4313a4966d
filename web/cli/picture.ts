// `npm run picture`: takes a screenshot of the page at the end of its recorded run, for the README and for links to it.
import { join } from 'node:path';
import { chromium } from 'playwright';
import { ensureBuilt, ROOT, servePage } from './built-page';
import { CHROMIUM_FLAGS } from './chromium';
import { EXIT, runCommand } from './command';
import { startBrowser } from './launch';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runCommand(async () => {
  await ensureBuilt(say);
  const { url, server } = await servePage(4373);
  try {
    const browser = await startBrowser(CHROMIUM_FLAGS, (options) => chromium.launch(options), say);
    const page = await browser.newPage({ viewport: { width: 1440, height: 1080 }, deviceScaleFactor: 1, reducedMotion: 'reduce' });
    await page.goto(url);
    // The recorded run says itself when it has ended; the fonts and the chart may come a moment later.
    await page.getByText('Finished.').first().waitFor({ state: 'attached', timeout: 120_000 });
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(ROOT, 'public/page.png') });
    say('public/page.png');
    await browser.close();
    return EXIT.done;
  } finally {
    await server.close();
  }
});
