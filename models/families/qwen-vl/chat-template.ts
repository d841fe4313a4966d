// How a prompt is framed for Qwen-VL models: ChatML turns, and vision tokens around the picture.
import type { Prompt, PromptRole } from '../../../src/model/latent-model';

/** A piece of a framed prompt. Special tokens are recognised in `special` text alone; `image` stands for the picture's rows. */
export type FramedPart =
  | { readonly kind: 'special'; readonly text: string; readonly role: PromptRole }
  | { readonly kind: 'text'; readonly text: string; readonly role: PromptRole }
  | { readonly kind: 'image'; readonly role: 'image' };

/** The token whose embedding latents start from, as in DMLR's released code. */
export const THINK_TOKEN = '<|endoftext|>';
/** The end of the user's turn and the start of the answer. */
export const CLOSING_TEXT = '<|im_end|>\n<|im_start|>assistant\n';

const special = (text: string): FramedPart => ({ kind: 'special', text, role: 'frame' });

/** The prompt in ChatML, up to where think tokens begin or, without any, up to `CLOSING_TEXT`. */
export function frame({ system, user }: Prompt): readonly FramedPart[] {
  return [
    special('<|im_start|>system\n'),
    { kind: 'text', text: system, role: 'system' },
    special('<|im_end|>\n<|im_start|>user\n'),
    ...user.flatMap((part): FramedPart[] =>
      part.kind === 'text' ? [part] : [special('<|vision_start|>'), { kind: 'image', role: 'image' }, special('<|vision_end|>')],
    ),
  ];
}
