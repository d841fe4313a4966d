// The licence notices: written from what a build really holds, and no build without them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { build } from 'vite';
import { licencePlugins } from '../../../../web/cli/licence-notices';

let root: string;

/** A page of one script and one font; its worker has a package of its own, and one package is installed that nothing imports. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'noema-licences-'));
  put('index.html', '<script type="module" src="./page.js"></script>');
  put('page.js', "import './page.css'; import { a } from 'in-page'; import w from './work.worker.js?worker&url'; document.title = a + w;");
  put('page.css', "@font-face { font-family: F; src: url('@scope/font/f.woff2'); } body { font-family: F; }");
  put('work.worker.js', "import { b } from 'in-worker'; postMessage(b);");
  add('in-page', '1.0.0', { 'index.js': 'export const a = Date.now();' });
  add('in-worker', '2.0.0', { 'index.js': 'export const b = Date.now();' });
  add('@scope/font', '3.0.0', { 'f.woff2': 'x'.repeat(9000) });
  add('unused', '4.0.0', { 'index.js': 'export const c = 0;' });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function add(name: string, version: string, files: Readonly<Record<string, string>>): void {
  put(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version, license: 'MIT', type: 'module', exports: { '.': './index.js', './*': './*' } }),
  );
  put(`node_modules/${name}/LICENSE`, `The terms of ${name}.`);
  for (const [path, text] of Object.entries(files)) put(`node_modules/${name}/${path}`, text);
}

async function buildPage(): Promise<string> {
  const licences = licencePlugins();
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [licences.collect(), licences.write()],
    worker: { format: 'es', plugins: () => [licences.collect()] },
  });
  return readFileSync(join(root, 'dist/licences.txt'), 'utf8');
}

test('name scripts, fonts and what the worker holds, each with its text, and nothing else', async () => {
  const text = await buildPage();
  for (const [name, version] of [
    ['in-page', '1.0.0'],
    ['in-worker', '2.0.0'],
    ['@scope/font', '3.0.0'],
  ]) {
    expect(text).toContain(`${name} ${version}: MIT`);
    expect(text).toContain(`The terms of ${name}.`);
  }
  expect(text).toContain('Apache License');
  expect(text).not.toContain('unused');
});

test.each(['in-page', 'in-worker', '@scope/font'])('a build with %s, whose licence has no text, fails and names it', async (name) => {
  rmSync(join(root, 'node_modules', name, 'LICENSE'));
  await expect(buildPage()).rejects.toThrow(`${name} `);
  await expect(buildPage()).rejects.toThrow('without the text of its licence');
});
