// `npm test`: every check that must pass, in order, each reported by itself; a failed one does not hide the next. `npm test -- lint size` runs those.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from '../web/cli/chromium';

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** Of those passed, how many did so only when tried again. */
  readonly unsteady?: number;
  /** Set when the step could not be run on this machine and said why. */
  readonly skipped?: boolean;
}

interface Step {
  readonly script: string;
  /** Extra arguments that make the script write its results to `file`. */
  readonly report?: (file: string) => readonly string[];
  /** Reads those results. Steps without it count as one check. */
  readonly count?: (json: unknown) => Count;
}

const vitest: Omit<Step, 'script'> = {
  report: (file) => ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  count: (json) => {
    const { numPassedTests, numFailedTests, success } = json as { numPassedTests: number; numFailedTests: number; success: boolean };
    // A file that could not even be loaded has no tests to fail.
    return { passed: numPassedTests, failed: Math.max(numFailedTests, success ? 0 : 1) };
  },
};

const playwright: Omit<Step, 'script'> = {
  report: () => ['--reporter=list,json'],
  count: (json) => {
    const { stats } = json as { stats: { expected: number; unexpected: number; flaky: number } };
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected, unsteady: stats.flaky };
  },
};

/** Exit status of a step that could not be run on this machine. */
const SKIPPED = 77;

const STEPS: readonly Step[] = [
  { script: 'typecheck' },
  { script: 'lint' },
  { script: 'format:check' },
  { script: 'knip' },
  { script: 'test:unit', ...vitest },
  { script: 'test:browser', ...vitest },
  { script: 'test:f16', ...vitest },
  { script: 'build' },
  { script: 'size' },
  { script: 'test:e2e', ...playwright },
  { script: 'test:firefox', ...vitest },
  { script: 'test:webkit', ...vitest },
];

function run(step: Step, folder: string): Count & { readonly seconds: number } {
  const file = join(folder, `${step.script.replace(':', '-')}.json`);
  const more = step.report === undefined ? [] : ['--', ...step.report(file)];
  const started = performance.now();
  process.stdout.write(`\n── ${step.script} ${'─'.repeat(Math.max(3, 60 - step.script.length))}\n`);
  const { status } = spawnSync('npm', ['run', '--silent', step.script, ...more], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    shell: process.platform === 'win32',
  });
  const seconds = (performance.now() - started) / 1000;
  if (status === SKIPPED) return { passed: 0, failed: 0, skipped: true, seconds };
  const counted = step.count === undefined ? one(status === 0) : read(file, step.count);
  // An exit status never lies about success: a crash after the last test is a failure too.
  const failed = status === 0 ? counted.failed : Math.max(1, counted.failed);
  return { ...counted, failed, seconds };
}

function one(passed: boolean): Count {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
}

function read(file: string, count: (json: unknown) => Count): Count {
  try {
    return count(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: 1 };
  }
}

let browser = 'none';
try {
  browser = ensureChromium((line) => process.stdout.write(`${line}\n`));
} catch (thrown) {
  process.stdout.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
}
process.stdout.write(`Browser: ${browser}\n`);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !STEPS.some(({ script }) => script === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no check "${unknown.join('", "')}". There are: ${STEPS.map(({ script }) => script).join(', ')}.\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'noema-test-'));
const results = STEPS.filter(({ script }) => asked.length === 0 || asked.includes(script)).map((step) => ({
  script: step.script,
  ...run(step, folder),
}));
rmSync(folder, { recursive: true, force: true });

process.stdout.write('\n');
for (const { script, passed, failed, seconds, unsteady = 0, skipped = false } of results) {
  const mark = skipped ? 'skipped' : failed === 0 ? 'ok' : 'FAILED';
  process.stdout.write(
    `${mark.padEnd(7)} ${script.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${seconds.toFixed(0).padStart(4)} s${unsteady === 0 ? '' : `  (${unsteady} at the second try: look at the first)`}\n`,
  );
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
