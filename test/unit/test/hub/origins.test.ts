// The hub stand-in answers pages of this machine and of origins that were named, and nobody else's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningHub, startHub } from '../../../hub/hub';

let hub: RunningHub;
beforeAll(async () => {
  hub = await startHub({ root: 'public', origins: ['https://lab.example'] });
});
afterAll(() => hub.close());

const ask = (path: string, origin?: string, method = 'GET'): Promise<Response> =>
  fetch(`${hub.hub}${path}`, { method, headers: origin === undefined ? {} : { Origin: origin } });
const MODEL = '/api/models/models/noema-tiny/revision/main';

test.each(['http://localhost:4173', 'http://127.0.0.1:47531', 'http://[::1]', 'https://lab.example'])('%s may ask', async (origin) => {
  const response = await ask(MODEL, origin);
  expect([response.status, response.headers.get('access-control-allow-origin'), response.headers.get('vary')]).toEqual([
    200,
    origin,
    'Origin',
  ]);
});

test.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://evil.example:4173', 'https://lab.example:8443'])(
  '%s may not, not even to tell the stand-in what to do',
  async (origin) => {
    for (const response of [await ask(MODEL, origin), await ask('/__reset', origin, 'POST'), await ask(MODEL, origin, 'OPTIONS')]) {
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
    const stored = await fetch(`${hub.storage}/models/noema-tiny/config.json`, { headers: { Origin: origin } });
    expect(stored.status).toBe(403);
  },
);

test('the storage answers a page that follows the redirect of the hub, whose origin is null by then', async () => {
  const file = '/models/noema-tiny/resolve/main/onnx/embed_tokens.onnx';
  const { headers } = await fetch(`${hub.hub}${file}`, { redirect: 'manual', headers: { Origin: 'http://localhost:4173' } });
  const there = headers.get('location') ?? '';
  expect(there).toContain(hub.storage);
  const followed = async (address: string): Promise<number> => {
    const response = await fetch(address, { headers: { Origin: 'null' } });
    await response.body?.cancel();
    return response.status;
  };
  expect(await followed(there)).toBe(200);
  expect(await followed(there.slice(0, -1))).toBe(403);
});

test('what comes from no page is answered, and lets no page read it', async () => {
  const response = await ask(MODEL);
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null]);
});
