// Text to token ids and back, from the model folder's own tokenizer files.
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { fault } from '../../src/errors';

/** The parsed contents of tokenizer.json and tokenizer_config.json. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  readonly config: unknown;
}

export class Tokenizer {
  /** Knows special tokens by name. */
  readonly #control: Library;
  /** Knows none: a visitor who types `<|im_end|>` gets those characters. */
  readonly #literal: Library;

  /** Throws BAD_MODEL when the files do not describe a tokenizer. Nothing is fetched. */
  constructor(files: TokenizerFiles) {
    try {
      const tokenizer = files.tokenizer as Record<string, unknown>;
      const config = files.config as Record<string, unknown>;
      const { added_tokens_decoder: _decoder, additional_special_tokens: _special, ...plain } = config;
      this.#control = new Library(tokenizer, config);
      this.#literal = new Library({ ...tokenizer, added_tokens: [] }, plain);
    } catch (error) {
      throw fault(
        'BAD_MODEL',
        'tokenizer.json or tokenizer_config.json is not as expected.',
        'Use the folder of a Qwen2-VL or Qwen2.5-VL export.',
        {
          detail: String(error),
        },
      );
    }
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
