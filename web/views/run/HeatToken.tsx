// One token of an answer; drawn again only when something about this token changes.
import { memo, type CSSProperties } from 'react';
import { displayToken } from '../../lib/token-text';
import { runText } from '../../strings/run';
import styles from './TokenHeatmap.module.css';
import { TokenText } from './TokenText';

interface Props {
  readonly id: string;
  readonly index: number;
  /** Tokens of the whole answer, of which a long one shows a part. */
  readonly total: number;
  readonly text: string;
  /** S_t, nats; undefined while it is not known. */
  readonly value: number | undefined;
  readonly background: string | undefined;
  readonly ink: string | undefined;
  readonly over: -1 | 0 | 1;
  readonly differs: boolean;
  readonly active: boolean;
}

export const HeatToken = memo(function HeatToken({ id, index, total, text, value, background, ink, over, differs, active }: Props) {
  const { breaks, spoken } = displayToken(text);
  // Spaces before a word belong to its token but not to its box: words stay words, and lines end clean.
  const word = text.trimStart() === '' || text.startsWith('\n') ? text : text.trimStart();
  return (
    <>
      <span
        id={id}
        data-token={index}
        role="option"
        aria-posinset={index + 1}
        aria-setsize={total}
        aria-selected={active}
        aria-label={runText.answers.spoken(spoken, differs, value)}
      >
        {text.slice(0, text.length - word.length)}
        <span
          className={styles.token}
          data-over={over}
          data-differs={differs}
          data-active={active}
          style={background === undefined ? undefined : ({ '--heat': background, '--heat-ink': ink } as CSSProperties)}
        >
          <TokenText text={word} />
        </span>
      </span>
      {breaks > 0 && <span className={styles.break} style={{ '--lines': breaks } as CSSProperties} aria-hidden="true" />}
    </>
  );
});
