// The lock files name no server, and each package of another has a checksum that npm compares.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface LockEntry {
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
}

test.each(['package-lock.json', 'test/f16/package-lock.json'])('%s', (file) => {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { readonly packages: Readonly<Record<string, LockEntry>> };
  // '' is the project itself; links and packages inside others have nothing of their own to compare.
  const compared = Object.entries(packages).filter(([path, { link, inBundle }]) => path !== '' && link !== true && inBundle !== true);
  expect(compared.length).toBeGreaterThan(3);
  expect(compared.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true).map(([path]) => path)).toEqual([]);
  // Which server packages come from is the affair of who installs them.
  expect(compared.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});
