// A prompt as the rows the decoder reads: token ids, positions, where the picture's rows are, and what each stretch is for.
import { fault } from '../../../src/errors';
import type { ImageInput, PrefixSegment, Prompt } from '../../../src/model/latent-model';
import type { QwenConfig } from './config';
import { mergedTokens, ropePositions, type Stretch } from './rope';
import type { Tokenizer } from '../../decoder/tokenizer';

export interface PromptRows {
  readonly ids: Uint32Array;
  /** [3, rows] */
  readonly positions: Int32Array;
  readonly nextPosition: number;
  readonly segments: readonly PrefixSegment[];
  /** Rows of the picture; null without one. */
  readonly image: { readonly start: number; readonly length: number } | null;
}

/** Lays a prompt out. Throws BAD_INPUT when prompt and picture do not go together or the prompt is too long for the model. */
export function layOutPrompt(prompt: Prompt, image: ImageInput | null, tokenizer: Tokenizer, config: QwenConfig): PromptRows {
  const wanted = prompt.filter((part) => part.kind === 'image').length;
  if (wanted > 1) throw fault('BAD_INPUT', 'The prompt has more than one picture.', 'Use one picture per prompt.');
  if ((wanted === 1) !== (image !== null)) {
    throw fault(
      'BAD_INPUT',
      image ? 'The prompt has no place for the picture.' : 'The prompt needs a picture.',
      'Give exactly the picture that the prompt names.',
    );
  }
  const merge = config.vision.mergeSize;
  const ids: number[] = [];
  const segments: PrefixSegment[] = [];
  const stretches: Stretch[] = [];
  let place: PromptRows['image'] = null;
  for (const part of prompt) {
    const start = ids.length;
    if (part.kind === 'image') {
      const { grid } = image as ImageInput;
      const length = mergedTokens(grid, merge);
      for (let i = 0; i < length; i += 1) ids.push(config.imageTokenId);
      place = { start, length };
      stretches.push({ grid, merge });
      segments.push({ role: part.role, start, length, text: '' });
    } else {
      for (const id of tokenizer.encode(part.text, part.kind === 'control')) ids.push(id);
      stretches.push({ rows: ids.length - start });
      segments.push({ role: part.role, start, length: ids.length - start, text: part.text });
    }
  }
  if (ids.length === 0) throw fault('BAD_INPUT', 'The prompt is empty.', 'Write a question.');
  if (ids.length >= config.maxLength) {
    throw fault(
      'BAD_INPUT',
      `The prompt has ${ids.length} tokens; this model reads at most ${config.maxLength}, think tokens and answer included.`,
      'Shorten the question or use a smaller picture.',
    );
  }
  const { positions, next } = ropePositions(stretches);
  return { ids: Uint32Array.from(ids), positions, nextPosition: next, segments, image: place };
}
