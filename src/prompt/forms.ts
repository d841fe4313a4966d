// The words around a question, from src/prompts.json, as a system turn and the parts of a user's turn.
import type { Prompt, PromptPart } from '../model/latent-model';
import prompts from '../prompts.json' with { type: 'json' };

/** A system turn and the template of a user's turn, with the slots {image}, {question}, {L} and {think} (which comes last). */
export interface PromptForm {
  readonly system: string;
  readonly user: string;
}

/**
 * The forms the embedded model was trained with, used word for word by the training recipe too. {image} stands for the vision tokens, {question} for the
 * question with its options, {L} for the number of think tokens and {think} for that many placeholder tokens, the last thing in the user's turn.
 */
export const PROMPT_FORMS: { readonly [Name in keyof typeof prompts.forms]: PromptForm } = prompts.forms;

/**
 * Fills a form. Text is cut only where the training recipe cuts it too: at special tokens and before the first question. Cutting
 * anywhere else could split a token ("?" and a line break are one).
 * @param question cleaned (see `cleanQuestion`); it becomes text, never special tokens
 * @param latents how many think tokens will follow; some forms name the number
 */
export function fillPrompt({ system, user }: PromptForm, question: string, latents: number): Prompt {
  const [head, ...tails] = user.split('{question}');
  const fill = (text: string): string => text.replace('{image}', '').replace('{think}', '').replace('{L}', String(latents));
  const parts: PromptPart[] = [
    { kind: 'image' },
    { kind: 'text', text: fill(head), role: 'instruction' },
    // The template is filled before the question goes in, so that a question cannot use its slots.
    { kind: 'text', text: question + tails.map(fill).join(question), role: 'question' },
  ];
  return { system, user: parts };
}
