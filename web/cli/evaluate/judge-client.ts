// A language model as the judge, behind any endpoint that speaks OpenAI's chat completions, by the maintained client.
import type { AskModel } from '../../../src/evaluation/llm-judge';
import { UsageError } from '../command';

/** The released code's judge. */
const DEFAULT_MODEL = 'gpt-4.1-2025-04-14';

export interface JudgeClientOptions {
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  /** Tries after the first one, for what may pass: no connection, too many requests, a fault of the server. */
  readonly retries: number;
}

export interface JudgeClient {
  /** The model's name at the endpoint. */
  readonly name: string;
  readonly ask: AskModel;
}

/**
 * Makes a client from the environment: OPENAI_API_KEY, OPENAI_API_BASE_URL (default: OpenAI's own address) and MODEL_TYPE. The key
 * goes to that address alone and into no file. The client itself waits between its tries, as long as the endpoint asks for.
 *
 * @throws UsageError when there is no key, or the address is none.
 */
export async function openJudge(env: NodeJS.ProcessEnv, { timeoutMs, retries }: JudgeClientOptions): Promise<JudgeClient> {
  const base = env['OPENAI_API_BASE_URL'] ?? '';
  const key = env['OPENAI_API_KEY'] ?? '';
  const model = env['MODEL_TYPE'] || DEFAULT_MODEL;
  if (base !== '' && !/^https?:\/\/./.test(base))
    throw new UsageError(`OPENAI_API_BASE_URL is "${base}", which is no http address: correct or unset it.`);
  if (key === '' && base === '') {
    throw new UsageError('--judge llm needs the variable OPENAI_API_KEY, or OPENAI_API_BASE_URL for an endpoint without keys.');
  }
  const { OpenAI } = await import('openai');
  const client = new OpenAI({
    // The client refuses to be made without a key; an endpoint of one's own may want none.
    apiKey: key === '' ? 'none' : key,
    ...(base === '' ? {} : { baseURL: base.replace(/\/+$/, '').replace(/\/chat\/completions$/, '') }),
    timeout: timeoutMs,
    maxRetries: retries,
  });
  return {
    name: model,
    async ask(system, user) {
      const messages = [
        { role: 'system', content: system },
        { role: 'user', content: user },
      ] as const;
      const completion = await client.chat.completions.create({ model, messages: [...messages], temperature: 0 });
      // What an endpoint sends need not be what it should.
      const reply = (completion as { readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[] }).choices?.[0]
        ?.message?.content;
      if (typeof reply !== 'string') throw new Error('it sent no message');
      return reply;
    },
  };
}
