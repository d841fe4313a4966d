// The card of one latent; pressing it chooses the latent everywhere on the page.
import { memo, type CSSProperties } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { formatProbability } from '../../../src/text/format';
import type { LatentWords } from '../../lib/method-view';
import { runText } from '../../strings/run';
import { LatentChip } from './LatentChip';
import styles from './ThinkTokens.module.css';
import { TokenText } from './TokenText';
import { latentHue, useMethodView } from './use-run-view';
import { displayToken } from '../../lib/token-text';
import { useRun } from '../../session/hooks';

interface Props {
  readonly latent: number;
  readonly step: StepEvent;
  /** All of the run so far. */
  readonly steps: readonly StepEvent[];
  /** Top-1 probability at every step so far; null at a step without this think token. */
  readonly certainty: readonly (number | null)[];
  /** Steps the run will have, for the width of the small curve. */
  readonly slots: number;
  /** What the listed tokens are. */
  readonly help: string;
}

const text = runText.think;
const SHOWN = 5;
const CURVE = { width: 100, height: 22 } as const;

export const LatentCard = memo(function LatentCard({ latent, step, steps, certainty, slots, help }: Props) {
  const { card: Own, latents: words, latentFacts } = useMethodView();
  const row = step.latents[latent];
  const chosen = useRun((store) => store.cursor.latent === latent);
  const setCursor = useRun((store) => store.setCursor);
  return (
    <li className={styles.card} data-chosen={chosen} style={{ '--hue': latentHue(latent) } as CSSProperties}>
      <button
        type="button"
        className={styles.head}
        aria-pressed={chosen}
        aria-label={text.select(words, latent)}
        onClick={() => setCursor({ latent: chosen ? null : latent })}
      >
        <LatentChip latent={latent} />
        <span className={styles.patches}>
          {text.patches(row.patches.length)}
          {row.added.length > 0 && <b>{text.added(row.added.length)}</b>}
        </span>
      </button>
      <ol className={styles.tokens} title={help}>
        {row.topTokens.slice(0, SHOWN).map((token) => (
          <li key={token.id} style={{ '--share': token.probability } as CSSProperties}>
            <span className={styles.token}>
              <TokenText text={token.text} showSpaces />
              <span className="visually-hidden">
                {displayToken(token.text).parts.some((part) => part.kind === 'mark') ? displayToken(token.text).spoken : ''}
              </span>
            </span>
            <span className={styles.probability}>{formatProbability(token.probability)}</span>
          </li>
        ))}
      </ol>
      {Own === null ? (
        <div className={styles.foot}>
          <Certainty latent={latent} certainty={certainty} slots={slots} step={step.step} words={words} />
          {latentFacts(step, latent).map((fact) => (
            <span key={fact.name} className={styles.drift} title={fact.help}>
              {fact.name} <b>{fact.value}</b>
            </span>
          ))}
        </div>
      ) : (
        <Own steps={steps} latent={latent} />
      )}
    </li>
  );
});

interface CertaintyProps extends Pick<Props, 'latent' | 'certainty' | 'slots'> {
  readonly step: number;
  readonly words: LatentWords;
}

/** Small curve of the top-1 probability on a fixed scale 0..1, with a dot at the cursor's step. */
function Certainty({ latent, certainty, slots, step, words }: CertaintyProps) {
  const { width, height } = CURVE;
  const inset = 3;
  const at = (value: number, i: number): readonly [number, number] => [
    (slots > 1 ? i / (slots - 1) : 0) * (width - 2 * inset) + inset,
    height - inset - value * (height - 2 * inset),
  ];
  const [x, y] = at(certainty[step] ?? 0, step);
  return (
    <svg
      className={styles.curve}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={text.certaintyText(words, latent, step, certainty.find((value) => value !== null) ?? 0, certainty[step] ?? 0)}
    >
      <title>{text.certainty}</title>
      <path className={styles.base} d={`M${inset} ${height - inset}H${width - inset}`} />
      <polyline
        points={certainty
          .flatMap((value, i) =>
            value === null
              ? []
              : at(value, i)
                  .map((n) => n.toFixed(1))
                  .join(','),
          )
          .join(' ')}
      />
      <circle cx={x} cy={y} r={2.4} />
    </svg>
  );
}
