// A language model as the judge of the page's evaluation: at an address that the visitor has typed in and allowed; the key stays in this thread.
import { fault } from '../../src/errors';
import { JudgeQueue } from '../../src/evaluation/judge-queue';
import type { Verdict } from '../../src/evaluation/log';
import type { Permit } from '../network';
import type { JudgeAddress } from './wire';

const TIMEOUT_MS = 60_000;
/** Tries after the first, and requests that may be open at once: those of the command line. */
const RETRIES = 3;
const AT_ONCE = 4;

/**
 * A queue that asks the endpoint. `say` takes what a person should know.
 *
 * @throws EngineFault BAD_INPUT for what is no address of an endpoint.
 */
export async function openJudge(
  { address, key, model }: JudgeAddress,
  permit: Permit,
  save: (verdict: Verdict) => void,
  say: (line: string) => void,
): Promise<JudgeQueue> {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isLocal = url !== null && ['localhost', '127.0.0.1'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw fault(
      'BAD_INPUT',
      `"${address.slice(0, 100)}" is no https address.`,
      'Give that of the endpoint, such as https://api.openai.com/v1.',
    );
  }
  permit({ kind: 'url', url: url.href });
  const { OpenAI } = await import('openai');
  const client = new OpenAI({
    // The client refuses to be made without a key; an endpoint of one's own may want none.
    apiKey: key === '' ? 'none' : key,
    baseURL: url.href.replace(/\/+$/, '').replace(/\/chat\/completions$/, ''),
    timeout: TIMEOUT_MS,
    maxRetries: RETRIES,
    // The key is the visitor's own, and is in nobody's page but theirs.
    dangerouslyAllowBrowser: true,
  });
  return new JudgeQueue({
    name: model,
    save,
    // What the queue says of the command line does not hold here.
    say: (line) => say(line.replace(' --verify-only asks again later.', '')),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
    everyMs: 0,
    atOnce: AT_ONCE,
    async ask(system, user) {
      const completion: unknown = await client.chat.completions.create({
        model,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        temperature: 0,
      });
      return replyOf(completion);
    },
  });
}

/** What an endpoint sends need not be what it should. */
function replyOf(completion: unknown): string {
  const { choices } = completion as { readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[] };
  const reply = choices?.[0]?.message?.content;
  if (typeof reply !== 'string') throw new Error('it sent no message');
  return reply;
}
