// Text to token ids and back, from the model folder's own tokenizer files.
import { Tokenizer as Library } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { EngineFault, fault } from '../../src/errors';
import { checkTokenizer } from './tokenizer-check';

/** The parsed contents of tokenizer.json and tokenizer_config.json. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  readonly config: unknown;
}

/** Text that every tokenizer keeps as it is, whatever words it knows. */
const PROBE = 'What is in this picture? 7 x 6 = 42, a \u00e9 and \u6f22.';

const configSchema = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'it must be a JSON object',
);

export class Tokenizer {
  /** Knows special tokens by name. */
  readonly #control: Library;
  /** Knows none: a visitor who types `<|im_end|>` gets those characters. */
  readonly #literal: Library;

  /** Of all tokens, special ones included. */
  readonly largestId: number;

  /** Throws BAD_MODEL naming the file when the files do not describe a tokenizer, or one that loses text. Nothing is fetched. */
  constructor(files: TokenizerFiles) {
    this.largestId = attempt('tokenizer.json', () => checkTokenizer(files.tokenizer));
    const tokenizer = files.tokenizer as Record<string, unknown>;
    const config = attempt('tokenizer_config.json', () => v.parse(configSchema, files.config));
    const { added_tokens_decoder: _decoder, additional_special_tokens: _special, ...plain } = config;
    const [control, literal] = attempt('tokenizer.json or tokenizer_config.json', () => [
      new Library(tokenizer, config),
      new Library({ ...tokenizer, added_tokens: [] }, plain),
    ]);
    this.#control = control;
    this.#literal = literal;
    const back = attempt('tokenizer.json', () => this.decode([...this.encode(PROBE, false)]));
    if (back !== PROBE) throw unlike('tokenizer.json', `${JSON.stringify(PROBE)} becomes ${JSON.stringify(back.slice(0, 80))}`);
  }

  /** Token ids of `text`; special tokens are recognised only when `control` is true. */
  encode(text: string, control: boolean): Uint32Array {
    if (text === '') return new Uint32Array();
    return Uint32Array.from((control ? this.#control : this.#literal).encode(text, { add_special_tokens: false }).ids);
  }

  /** Text of token ids, special tokens left out; bytes that form no complete character become U+FFFD. */
  decode(ids: readonly number[]): string {
    return ids.length === 0 ? '' : this.#control.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /** A stream that gives each token the complete characters it ends. */
  stream(): TextStream {
    return new TextStream(this);
  }
}

/** No character of UTF-8 takes more tokens than it has bytes. */
const LONGEST_CHARACTER = 4;

/** Turns token ids into text one by one; bytes of an unfinished character wait for the token that ends it. */
export class TextStream {
  #pending: number[] = [];

  constructor(readonly tokenizer: Pick<Tokenizer, 'decode'>) {}

  push(id: number): string {
    this.#pending.push(id);
    const text = this.tokenizer.decode(this.#pending);
    if (text.endsWith('\uFFFD') && this.#pending.length < LONGEST_CHARACTER) return '';
    this.#pending = [];
    return text;
  }

  /** What is left when the stream ends inside a character. */
  end(): string {
    const text = this.tokenizer.decode(this.#pending);
    this.#pending = [];
    return text;
  }
}

/** What `work` makes of a file; any error of it is the file's. */
function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof EngineFault ? error : unlike(file, error instanceof Error ? error.message : String(error));
  }
}

function unlike(file: string, what: string): EngineFault {
  return fault(
    'BAD_MODEL',
    `${file} is not as expected: ${what.slice(0, 300)}.`,
    'Use the tokenizer files of the model that was exported, or choose another model.',
  );
}
