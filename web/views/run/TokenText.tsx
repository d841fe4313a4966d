// A token's text with its invisible characters marked.
import { displayToken } from '../../lib/token-text';
import styles from './TokenText.module.css';

interface Props {
  readonly text: string;
  /** For lists of single tokens: leading spaces get a mark too. */
  readonly showSpaces?: boolean;
}

/** Inline; a mark is drawn smaller than text, not fainter: on a coloured token that would cost its contrast. */
export function TokenText({ text, showSpaces = false }: Props) {
  const { parts } = displayToken(text, showSpaces);
  let place = 0;
  return parts.map((part) => {
    place += part.text.length;
    if (part.kind === 'text') return part.text;
    return (
      <span key={place} className={styles.mark} aria-hidden="true">
        {part.text}
      </span>
    );
  });
}
