// Builds what the model reads before the first think token, from the forms in src/prompts.json and in ChatML.
import type { Prompt, PromptPart } from '../model/latent-model';
import prompts from '../prompts.json';

export type PromptForm = keyof typeof prompts.forms;

/** The text of the token whose embedding every latent starts from. */
export const THINK_PLACEHOLDER = prompts.placeholder;
/** What follows the think block: the end of the user's turn and the start of the answer. */
export const TAIL_TEXT = '<|im_end|>\n<|im_start|>assistant\n';

const control = (text: string): PromptPart => ({ kind: 'control', text, role: 'frame' });

/**
 * The prefix of a form: system turn, image, instruction and question, up to where the think tokens begin (or, for forms
 * without think tokens, up to `TAIL_TEXT`).
 *
 * Text is cut only where the training recipe cuts it too: at special tokens and before the first question. Cutting
 * anywhere else could split a token ("?" and a line break are one).
 * @param question cleaned (see `cleanQuestion`); it becomes text, never special tokens
 * @param latents how many think tokens will follow; some forms name the number
 */
export function buildPrompt(form: PromptForm, question: string, latents: number): Prompt {
  const { system, user } = prompts.forms[form];
  const [head, ...tails] = user.split('{question}');
  const fill = (text: string) => text.replace('{image}', '').replace('{think}', '').replace('{L}', String(latents));
  return [
    control('<|im_start|>system\n'),
    { kind: 'text', text: system, role: 'system' },
    control('<|im_end|>\n<|im_start|>user\n'),
    control('<|vision_start|>'),
    { kind: 'image', role: 'image' },
    control('<|vision_end|>'),
    { kind: 'text', text: fill(head), role: 'instruction' },
    // The template is filled before the question goes in, so that a question cannot use its slots.
    { kind: 'text', text: question + tails.map(fill).join(question), role: 'question' },
  ];
}
