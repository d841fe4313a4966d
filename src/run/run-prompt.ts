// The prompt of a run: a method's form of it, filled with the question.
import type { Method, MethodSettings, ModelFacts } from '../methods/method';
import { AS_TRAINED, type Prompt, type PromptReading } from '../model/latent-model';
import { fillPrompt, type PromptForm } from '../prompt/forms';
import type { Fields } from '../settings/field';

/** How a method reads its prompts with these settings. */
function readingOf(method: Method, settings: MethodSettings<Fields>, model: ModelFacts): PromptReading {
  return method.reading?.(settings, model) ?? AS_TRAINED;
}

/**
 * The method's prompt for a question that has been cleaned; `form` and `reading` are the method's own by default.
 */
export function runPrompt(
  method: Method,
  settings: MethodSettings<Fields>,
  model: ModelFacts,
  question: string,
  form: PromptForm = method.prompt(settings),
  reading: PromptReading = readingOf(method, settings, model),
): Prompt {
  return { ...fillPrompt(form, question, method.latents?.(settings) ?? 0), reading };
}
