// Fetches the start-up self-test: its description and the small graphs it runs.
import * as v from 'valibot';
import { fault } from '../../src/engine/errors';
import { selfTestSchema, type SelfTestFiles } from '../device/self-test';
import { fetchFile, fetchJson } from './fetch-file';
import { siteRoot } from './site';

/** Throws DOWNLOAD when a file is missing, INTERNAL when the description does not fit this version. */
export async function fetchSelfTest(signal: AbortSignal, folder = new URL('selftest/', siteRoot())): Promise<SelfTestFiles> {
  const parsed = v.safeParse(selfTestSchema, await fetchJson(new URL('selftest.json', folder).href, { signal }));
  if (!parsed.success) {
    throw fault('INTERNAL', 'The GPU self-test does not fit this version of Noema.', 'Reload the page without the cache.', { retry: true });
  }
  const names = [...new Set(parsed.output.checks.flatMap(({ graphs }) => [graphs.float32, graphs.float16]))];
  const graphs = await Promise.all(names.map(async (name) => [name, await fetchFile(new URL(name, folder).href, { signal })] as const));
  return { test: parsed.output, graphs: new Map(graphs) };
}
