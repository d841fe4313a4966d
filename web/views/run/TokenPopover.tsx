// The numbers of the token in hand; one popover for a whole answer, placed under the token it speaks of.
import { useLayoutEffect, useRef, type RefObject } from 'react';
import type { RunToken, TokenDependence } from '../../../src/events/fold';
import { runText } from '../../strings/run';
import { DependenceSymbol } from './DependenceSymbol';
import styles from './TokenHeatmap.module.css';
import { TokenText } from './TokenText';

interface Props {
  /** The list the token stands in; the popover shares its positioned parent. */
  readonly list: RefObject<HTMLElement | null>;
  readonly anchorId: string;
  readonly token: RunToken;
  readonly total: number;
  readonly dependence: TokenDependence | undefined;
  /** Whether a missing value can still come. */
  readonly measures: boolean;
}

const text = runText.answers;

export function TokenPopover({ list, anchorId, token, total, dependence, measures }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = ref.current;
    const parent = list.current?.parentElement;
    const anchor = document.getElementById(anchorId)?.querySelector('span');
    if (!box || !parent || !anchor) return;
    // A token that wraps has several boxes; the last is the one nearest to where the popover stands.
    const target = [...anchor.getClientRects()].at(-1) ?? anchor.getBoundingClientRect();
    const frame = parent.getBoundingClientRect();
    const left = Math.max(0, Math.min(target.left - frame.left, frame.width - box.offsetWidth));
    box.style.transform = `translate(${Math.round(left)}px, ${Math.round(target.bottom - frame.top + 6)}px)`;
  });
  return (
    <div ref={ref} className={styles.popover} role="status">
      <p className={styles.which}>
        <b>
          <TokenText text={token.text} showSpaces />
        </b>
        <span>{text.position(token.index, total)}</span>
      </p>
      <dl>
        <dt>
          {text.dependenceName} <DependenceSymbol />
        </dt>
        <dd className={styles.main}>{dependence ? text.signedNats(dependence.value) : measures ? text.pending : text.notMeasured}</dd>
        {dependence && (
          <>
            <dt>{text.withImage}</dt>
            <dd>{text.nats(dependence.withImage)}</dd>
            <dt>{text.withoutImage}</dt>
            <dd>{text.nats(dependence.withoutImage)}</dd>
          </>
        )}
        <dt>{text.own}</dt>
        <dd>
          {text.nats(token.logprob)} <i>({text.probability(token.logprob)})</i>
        </dd>
      </dl>
    </div>
  );
}
