// One answer, token by token: colour and underline for image dependence, a box for what differs, one popover for the numbers.
import { lazy, Suspense, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Stream } from '../../../src/events/events';
import { divergingColour, readableInk, strength, toCss } from '../../lib/color-map';
import { indexForKey } from '../../lib/list-keys';
import { useResolvedTheme } from '../../lib/resolved-theme';
import { displayToken } from '../../lib/token-text';
import { windowOf, windowStarts } from '../../lib/token-windows';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { HeatToken } from './HeatToken';
import styles from './TokenHeatmap.module.css';
import { TokenWindows } from './TokenWindows';

interface Props {
  readonly stream: Stream;
  readonly name: string;
  /** Largest |S_t| of the colour scale, nats. */
  readonly limit: number;
  readonly intensity: number;
  /** S_t above which a token counts as depending on the image, nats. */
  readonly threshold: number;
  /** Per token, whether the other answer lacks it; null while that is not known. */
  readonly differs: readonly boolean[] | null;
  readonly isStreaming: boolean;
  readonly over: boolean;
  /** Whether this run measures image dependence at all. */
  readonly measures: boolean;
}

const text = runText.answers;
const TokenPopover = lazy(async () => ({ default: (await import('./TokenPopover')).TokenPopover }));

export function TokenHeatmap({ stream, name, limit, intensity, threshold, differs, isStreaming, over, measures }: Props) {
  const { tokens, dependence } = useRun((store) => store.state.streams[stream]);
  const active = useRun((store) => (store.cursor.stream === stream ? store.cursor.token : null));
  const setCursor = useRun((store) => store.setCursor);
  const theme = useResolvedTheme();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const pinned = useRef(false);

  const starts = useMemo(() => windowStarts(tokens), [tokens]);
  /** The window that was asked for by hand; null: the newest while the answer is written, then the first. */
  const [asked, setAsked] = useState<number | null>(null);
  const window = Math.min(starts.length - 1, asked ?? (isStreaming ? starts.length - 1 : 0));
  const first = starts[window];
  const shown = useMemo(() => tokens.slice(first, starts[window + 1]), [tokens, first, starts, window]);

  const colours = useMemo(
    () =>
      shown.map((_, i) => {
        const value = dependence[first + i]?.value;
        if (value === undefined) return null;
        const colour = divergingColour(strength(value, { limit, intensity }), theme);
        return { background: toCss(colour), ink: toCss(readableInk(colour, theme)) };
      }),
    [shown, first, dependence, limit, intensity, theme],
  );
  const overCount = dependence.reduce((count, one) => count + (one && one.value > threshold ? 1 : 0), 0);

  const choose = (token: number | null): void => setCursor(token === null ? { token } : { stream, token });
  const leave = (): void => {
    if (!pinned.current) choose(null);
  };
  const indexOf = (target: EventTarget): number | null => {
    const found = target instanceof Element ? target.closest<HTMLElement>('[data-token]') : null;
    return found ? Number(found.dataset['token']) : null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Escape' && active !== null) {
      pinned.current = false;
      choose(null);
    } else {
      const next = indexForKey(event.key, active, tokens.length);
      if (next === null) return;
      pinned.current = true;
      setAsked(windowOf(starts, next));
      choose(next);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  if (tokens.length === 0) {
    return <p className={styles.waiting}>{over ? text.none : isStreaming ? <i className={styles.caret} /> : text.waiting[stream]}</p>;
  }
  return (
    <div className={styles.heatmap}>
      <div
        ref={list}
        className={styles.tokens}
        dir="auto"
        role="listbox"
        aria-label={text.tokens(name)}
        aria-orientation="horizontal"
        aria-activedescendant={active === null ? undefined : `${id}-${active}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          pinned.current = false;
          leave();
        }}
        onPointerOver={(event) => {
          const token = indexOf(event.target);
          if (token !== null && !pinned.current) choose(token);
        }}
        onPointerLeave={leave}
        onClick={(event) => {
          const token = indexOf(event.target);
          pinned.current = token !== null && !(pinned.current && token === active);
          choose(token);
        }}
      >
        {shown.map(({ index, text: written }, i) => (
          <HeatToken
            key={index}
            id={`${id}-${index}`}
            index={index}
            total={tokens.length}
            text={written}
            value={dependence[index]?.value}
            background={colours[i]?.background}
            ink={colours[i]?.ink}
            over={sideOf(dependence[index]?.value, threshold)}
            differs={differs?.[index] ?? false}
            active={index === active}
          />
        ))}
        {isStreaming && window === starts.length - 1 && <i className={styles.caret} aria-hidden="true" />}
      </div>
      <TokenWindows
        starts={starts}
        total={tokens.length}
        shown={window}
        onShow={(next) => {
          choose(null);
          setAsked(next);
        }}
      />
      <p className="visually-hidden">
        {displayToken(shown.map((token) => token.text).join(''))
          .parts.map((part) => part.text)
          .join('')}
      </p>
      {active !== null && tokens[active] && (
        <Suspense fallback={null}>
          <TokenPopover
            list={list}
            anchorId={`${id}-${active}`}
            token={tokens[active]}
            total={tokens.length}
            dependence={dependence[active]}
            measures={measures && !over}
          />
        </Suspense>
      )}
      <p className={styles.share}>
        {dependence.length > 0 && (
          <>
            {text.share(overCount, tokens.length, overCount / tokens.length)} {text.overThreshold}
          </>
        )}
      </p>
    </div>
  );
}

/** On which side of the threshold a value lies: 1 above it, -1 below its negative, 0 between or unknown. */
function sideOf(value: number | undefined, threshold: number): -1 | 0 | 1 {
  if (value === undefined || Math.abs(value) <= threshold) return 0;
  return value > 0 ? 1 : -1;
}
