// End-to-end journeys: the built page, served as `npm start` serves it, in one real Chromium.
import { defineConfig, devices } from '@playwright/test';
import { CHROMIUM_FLAGS, ensureChromium } from '../../web/cli/chromium';
import { PORT } from './port';

const root = `${import.meta.dirname}/../..`;

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: '*.e2e.ts',
  outputDir: `${root}/test-results`,
  // Two cores and one software GPU: journeys in turn.
  workers: 1,
  fullyParallel: false,
  // Journeys watch a clock that a busy machine holds up. One that needs a second try is named in the summary, with the first one's trace.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: `http://localhost:${PORT}/`,
    launchOptions: { executablePath: ensureChromium(), args: [...CHROMIUM_FLAGS] },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  webServer: {
    command: `"${process.execPath}" --import tsx test/e2e/serve.ts`,
    cwd: root,
    url: `http://localhost:${PORT}/`,
    // Time to build the page.
    timeout: 300_000,
    reuseExistingServer: false,
  },
});
