// Fetches the start-up self-test: its description and the small graphs it runs.
import * as v from 'valibot';
import { fault } from '../../src/errors';
import { selfTestSchema, type SelfTestFiles } from '../device/self-test';
import { SiteFolder } from '../files/site-folder';
import { readJson } from '../files/json';
import { siteRoot } from './site';

/** Throws DOWNLOAD when a file is missing, INTERNAL when the description does not fit this version. */
export async function fetchSelfTest(signal: AbortSignal, folder = new URL('selftest/', siteRoot())): Promise<SelfTestFiles> {
  const files = new SiteFolder(folder.href);
  const parsed = v.safeParse(selfTestSchema, await readJson(files, 'selftest.json', signal));
  if (!parsed.success) {
    throw fault('INTERNAL', 'The GPU self-test does not fit this version of Noema.', 'Reload the page without the cache.', { retry: true });
  }
  const names = [...new Set(parsed.output.checks.flatMap(({ graphs }) => [graphs.float32, graphs.float16]))];
  const bytesOf = async (name: string): Promise<Uint8Array> => new Uint8Array(await (await files.fetch(name, { signal })).arrayBuffer());
  const graphs = await Promise.all(names.map(async (name) => [name, await bytesOf(name)] as const));
  return { test: parsed.output, graphs: new Map(graphs) };
}
