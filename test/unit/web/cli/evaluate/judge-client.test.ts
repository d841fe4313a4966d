// The judge's client against an endpoint of this machine that is sound, down, slow, busy, lying, or talkative.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askJudge, checkJudge, UnreadableReply } from '../../../../../src/evaluation/llm-judge';
import { openJudge, type JudgeClient } from '../../../../../web/cli/evaluate/judge-client';

interface Asked {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: string }[] };
}

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

type Answer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly never?: true;
  readonly headers?: Record<string, string>;
};
const says = (content: unknown): Answer => ({
  body: { id: 'x', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content } }] },
});

/** An endpoint that gives these answers in turn, the last one again and again. */
async function endpoint(...answers: readonly Answer[]): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      asked.push({
        path: request.url ?? '',
        key: request.headers.authorization,
        body: JSON.parse(Buffer.concat(pieces).toString()) as Asked['body'],
      });
      const { status = 200, body, text, never, headers } = answers[Math.min(asked.length, answers.length) - 1];
      if (never) return;
      response
        .writeHead(status, { 'content-type': text === undefined ? 'application/json' : 'text/html', ...headers })
        .end(text ?? JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

const client = (url: string, more: NodeJS.ProcessEnv = {}): Promise<JudgeClient> =>
  openJudge({ OPENAI_API_BASE_URL: url, OPENAI_API_KEY: 'secret', MODEL_TYPE: 'grader', ...more }, { timeoutMs: 300, retries: 2 });

const YES = '{"equivalent": true}';

describe('an endpoint', () => {
  it('is asked for its model with the key, and its verdict is read', async () => {
    const { url, asked } = await endpoint(says(YES));
    const { name, ask } = await client(`${url}/chat/completions`);
    expect(name).toBe('grader');
    expect(await askJudge(ask, 'How many?', '7', 'seven')).toBe(true);
    const [{ path, key, body }] = asked;
    expect(path).toBe('/v1/chat/completions');
    expect(key).toBe('Bearer secret');
    expect(body.model).toBe('grader');
    expect(body.messages[1].content).toContain('"student_answer": "seven"');
  });

  it('that is busy or broken for a moment is asked again', async () => {
    const { url, asked } = await endpoint(
      { status: 429, headers: { 'retry-after-ms': '5' } },
      { status: 500, headers: { 'retry-after-ms': '5' } },
      says(YES),
    );
    const { ask } = await client(url);
    expect(await askJudge(ask, 'q', '7', 'x')).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it('that stays broken is given up, with its status', async () => {
    const { url, asked } = await endpoint({ status: 503, headers: { 'retry-after-ms': '1' } });
    const { ask } = await client(url);
    await expect(askJudge(ask, 'q', '7', 'x')).rejects.toThrow('503');
    expect(asked).toHaveLength(3);
  });

  it('that is down is said to be', async () => {
    const { url } = await endpoint(says(YES));
    server?.close();
    server?.closeAllConnections();
    const { ask } = await openJudge({ OPENAI_API_BASE_URL: url }, { timeoutMs: 300, retries: 0 });
    await expect(askJudge(ask, 'q', '7', 'x')).rejects.toThrow(/Connection error/);
  });

  it('that is slow is not waited for longer than allowed', async () => {
    const { url } = await endpoint({ never: true });
    const { ask } = await openJudge({ OPENAI_API_BASE_URL: url }, { timeoutMs: 100, retries: 0 });
    await expect(askJudge(ask, 'q', '7', 'x')).rejects.toThrow(/timed out/);
  });

  it('that refuses the key is not asked again', async () => {
    const { url, asked } = await endpoint({ status: 401, body: { error: { message: 'wrong key' } } });
    const { ask } = await client(url);
    await expect(askJudge(ask, 'q', '7', 'x')).rejects.toThrow('wrong key');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['prose', says('They are clearly the same.'), UnreadableReply],
    ['nothing', says(null), Error],
    ['no choices', { body: { choices: [] } }, Error],
    ['a web page', { text: '<html>hello</html>' }, Error],
    ['another kind of JSON', { body: [1] }, Error],
  ])('that sends %s gives no verdict', async (_, answer, kind) => {
    const { url } = await endpoint(answer);
    const { ask } = await client(url);
    await expect(askJudge(ask, 'q', '7', 'x')).rejects.toThrow(kind);
  });

  it('that lies is found out by what is asked first', async () => {
    const { url } = await endpoint(says(YES));
    const { ask } = await client(url);
    expect(await checkJudge(ask)).toContain('it called "12" the same as "7"');
  });
});

describe('the environment', () => {
  const options = { timeoutMs: 100, retries: 0 };
  it('must name a key or an endpoint', async () => {
    await expect(openJudge({}, options)).rejects.toThrow('needs the variable OPENAI_API_KEY');
    await expect(openJudge({ OPENAI_API_BASE_URL: 'localhost:8000' }, options)).rejects.toThrow('which is no http address');
    expect((await openJudge({ OPENAI_API_KEY: 'x' }, options)).name).toBe('gpt-4.1-2025-04-14');
  });
});
