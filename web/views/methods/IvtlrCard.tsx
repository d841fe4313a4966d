// What a latent step inserted, each image token with its attention, and what it cost of the picture; a press marks the token on the picture.
import type { CSSProperties } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { ivtlrDetail, pickedAttention } from '../../../src/methods/ivtlr/detail';
import { formatProbability } from '../../../src/text/format';
import type { CardProps } from '../../lib/method-view';
import { useRun } from '../../session/hooks';
import { ivtlrText as text } from '../../strings/ivtlr';
import styles from './IvtlrCard.module.css';

/** Image tokens that are listed at once; the others on demand. */
const LISTED = 6;

export function IvtlrCard({ steps, latent }: CardProps) {
  // Latent i was appended by step i + 1.
  const step: StepEvent | undefined = steps[latent + 1];
  const detail = step === undefined ? null : ivtlrDetail(step);
  if (step === undefined || detail === null) return null;
  const { picks, covered, hiddenNorm, embeddingNorm, plan } = detail;
  const all = step.latents[latent]?.attention.length ?? 0;
  const most = picks.reduce((highest, { attention }) => Math.max(highest, attention), 0);
  const list = (shown: typeof picks) =>
    shown.map(({ patch, attention }) => <Pick key={patch} patch={patch} attention={attention} share={most > 0 ? attention / most : 0} />);
  return (
    <div className={styles.card}>
      {picks.length === 0 ? (
        <p className={styles.none}>{text.noPicks}</p>
      ) : (
        <ol className={styles.picks} aria-label={text.picks}>
          {list(picks.slice(0, LISTED))}
        </ol>
      )}
      {picks.length > LISTED && (
        <details className={styles.more}>
          <summary>{text.more(picks.length - LISTED)}</summary>
          <ol className={styles.picks} start={LISTED + 1} aria-label={text.picks}>
            {list(picks.slice(LISTED))}
          </ol>
        </details>
      )}
      <dl className={styles.facts}>
        {picks.length > 0 && (
          <Fact name={text.facts.picked} help={text.facts.pickedHelp} value={formatProbability(pickedAttention(detail))} />
        )}
        {plan.vision && all > 0 && (
          <Fact name={text.facts.coverage} help={text.facts.coverageHelp} value={text.facts.coverageOf(covered, all)} />
        )}
        <Fact
          name={text.facts.norm}
          help={text.facts.normHelp}
          value={hiddenNorm === null || !plan.text ? text.facts.noText : text.facts.normOf(hiddenNorm, embeddingNorm)}
        />
      </dl>
    </div>
  );
}

function Fact({ name, help, value }: { readonly name: string; readonly help: string; readonly value: string }) {
  return (
    <div title={help}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Pick({ patch, attention, share }: { readonly patch: number; readonly attention: number; readonly share: number }) {
  const marked = useRun((store) => store.cursor.patch === patch);
  const setCursor = useRun((store) => store.setCursor);
  return (
    <li style={{ '--share': share } as CSSProperties}>
      <button
        type="button"
        aria-pressed={marked}
        aria-label={text.pickLabel(patch, attention)}
        onClick={() => setCursor({ patch: marked ? null : patch })}
      >
        <span>{text.pick(patch)}</span>
        <span>{text.attention(attention)}</span>
      </button>
    </li>
  );
}
