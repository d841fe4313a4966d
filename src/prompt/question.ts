// What a person may ask: cleans a question and refuses one that is empty or too long.
import { fault } from '../errors';

/** Most characters (code points) of a question. */
export const MAX_QUESTION_LENGTH = 10_000;

/**
 * A text that shows nothing: blanks, characters that fonts leave out (zero-width ones, joiners, fillers, tags, variation selectors),
 * noncharacters, and three marks that are drawn as a blank (of Braille, of music and of Khitan).
 */
const SHOWS_NOTHING =
  /^(?:[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cc}\uFFF9-\uFFFB\u2800\u{1D159}]|\u{16FE4})*$/u;

/**
 * Cleans a question: line ends become `\n`, control characters other than line breaks and tabs go, blank ends go,
 * and text is brought to one Unicode form (NFC). Text of any script and direction is kept; strings that look like
 * special tokens stay text, because the prompt marks them as text (see `PromptPart`).
 * @throws EngineFault BAD_INPUT when nothing that can be seen is left or more than `MAX_QUESTION_LENGTH` characters are.
 */
export function cleanQuestion(raw: string): string {
  const question = stripControls(raw.toWellFormed().replace(/\r\n?/g, '\n')).normalize('NFC').trim();
  if (SHOWS_NOTHING.test(question)) throw fault('BAD_INPUT', 'There is no question.', 'Write a question about the picture.');
  const length = [...question].length;
  if (length > MAX_QUESTION_LENGTH) {
    throw fault(
      'BAD_INPUT',
      `The question has ${length} characters; at most ${MAX_QUESTION_LENGTH} can be asked.`,
      'Shorten the question.',
    );
  }
  return question;
}

/** Leaves out C0 and C1 control characters except tab and line break. */
function stripControls(text: string): string {
  let kept = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const control = (code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code <= 0x9f);
    if (!control) kept += character;
  }
  return kept;
}
