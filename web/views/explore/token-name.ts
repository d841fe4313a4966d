// A token's text in one line, its invisible characters with marks.
import { displayToken } from '../../lib/token-text';

/** The text of a token for a table or a name. */
export function tokenName(text: string): string {
  return displayToken(text)
    .parts.map((part) => part.text)
    .join('');
}
