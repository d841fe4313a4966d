// `npm run test:firefox`, `npm run test:webkit`: the page in a browser that is not Chromium. Brings the browser and runs Vitest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt } from '../../web/cli/built-page';
import { ensureFirefox, ensureWebKit } from './programs';

/** Exit status of a run that could not be: `npm test` counts it as skipped. */
const SKIPPED = 77;
const ENSURE = { firefox: ensureFirefox, webkit: ensureWebKit } as const;
const root = join(import.meta.dirname, '../..');
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function start([browser, ...more]: readonly string[]): Promise<number> {
  if (browser !== 'firefox' && browser !== 'webkit') {
    say('Name the browser: firefox or webkit.');
    return 2;
  }
  try {
    ENSURE[browser](say);
  } catch (thrown) {
    say(thrown instanceof Error ? thrown.message : String(thrown));
    // Where nobody reads along, what was not tested has failed.
    return process.env['CI'] ? 1 : SKIPPED;
  }
  // Here and not in Vitest, where React would be built for tests.
  await ensureBuilt(say);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', browser, ...more], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status ?? 1;
}

process.exitCode = await start(process.argv.slice(2));
