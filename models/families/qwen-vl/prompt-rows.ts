// A prompt as the rows the decoder reads: token ids, positions, where the picture's rows are, and what each stretch is for.
import { fault } from '../../../src/errors';
import type { Prompt, PromptSegment } from '../../../src/model/latent-model';
import type { Tokenizer } from '../../decoder/tokenizer';
import type { PromptRows } from '../../model/family-parts';
import { frame, type FramedPart } from './chat-template';
import type { QwenConfig } from './config';
import type { QwenImage } from './prepare-image';
import { mergedTokens, ropePositions, type Stretch } from './rope';

/** Frames a prompt and lays it out. Throws as `layOutParts`. */
export function layOutPrompt(
  prompt: Prompt,
  image: Pick<QwenImage, 'grid'> | null,
  tokenizer: Pick<Tokenizer, 'encode'>,
  config: QwenConfig,
): PromptRows {
  return layOutParts(frame(prompt), image, tokenizer, config);
}

/** Lays a framed prompt out. Throws BAD_INPUT when prompt and picture do not go together or the prompt is too long for the model. */
export function layOutParts(
  parts: readonly FramedPart[],
  image: Pick<QwenImage, 'grid'> | null,
  tokenizer: Pick<Tokenizer, 'encode'>,
  config: QwenConfig,
): PromptRows {
  const wanted = parts.filter((part) => part.kind === 'image').length;
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
  const segments: PromptSegment[] = [];
  const stretches: Stretch[] = [];
  let place: PromptRows['image'] = null;
  for (const part of parts) {
    const start = ids.length;
    if (part.kind === 'image') {
      if (image === null) continue;
      const { grid } = image;
      const length = mergedTokens(grid, merge);
      for (let i = 0; i < length; i += 1) ids.push(config.imageTokenId);
      place = { start, length };
      stretches.push({ grid, merge });
      segments.push({ role: part.role, start, length, text: '' });
    } else {
      for (const id of tokenizer.encode(part.text, part.kind === 'special')) ids.push(id);
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
