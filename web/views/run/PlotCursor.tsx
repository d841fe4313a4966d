// The cursor in the plot: a line that is dragged, clicked or moved by keys, and the values under the pointer.
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { stepAt } from '../../../src/events/fold';
import { usePlayback, useRun } from '../../session/hooks';
import { newestStep } from '../../stores/run-store';
import { runText } from '../../strings/run';
import { indexForKey } from '../../lib/list-keys';
import type { PlotFrame } from './plot-frame';
import { PlotTooltip } from './PlotTooltip';
import type { SeriesName } from './reward-series';
import styles from './RewardPlot.module.css';

const text = runText.chart;

interface Props {
  readonly frame: PlotFrame;
  readonly shown: ReadonlySet<SeriesName>;
}

export function PlotCursor({ frame, shown }: Props) {
  const cursor = useRun((store) => store.cursor.step);
  const newest = useRun((store) => newestStep(store.state));
  const step = useRun((store) => stepAt(store.state, store.cursor.step));
  const { goToStep, togglePlay } = usePlayback((playback) => playback);
  const dragging = useRef(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const pointedStep = useRun((store) => (pointed === null ? undefined : stepAt(store.state, pointed)));
  const isPointing = pointed !== null;
  useEffect(() => (isPointing ? onEscape(() => setPointed(null)) : undefined), [isPointing]);

  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const under = frame.stepAt(frame.left + event.clientX - event.currentTarget.getBoundingClientRect().left);
    if (dragging.current) goToStep(under);
    setPointed(under);
  };
  const leave = (): void => {
    dragging.current = false;
    setPointed(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === ' ') togglePlay();
    else {
      // On a slider up means more, unlike in a list.
      const key = event.key === 'ArrowUp' ? 'ArrowDown' : event.key === 'ArrowDown' ? 'ArrowUp' : event.key;
      const next = indexForKey(key, cursor, newest + 1, 5);
      if (next === null) return;
      goToStep(next);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const x = frame.x(cursor);

  return (
    <>
      <svg className={styles.over} preserveAspectRatio="xMidYMin" viewBox={`0 0 ${frame.width} ${frame.height}`} aria-hidden="true">
        <g transform={`translate(${x} 0)`}>
          <line y1={frame.top} y2={frame.bottom} />
          <text className={styles.flag} textAnchor="middle" y={frame.top - 9}>
            {text.step(cursor)}
          </text>
          {step && step.reward !== null && <circle r={3.5} cy={frame.y(step.reward)} />}
          {step && step.bestReward !== null && <circle className={styles.bestPoint} r={3.5} cy={frame.y(step.bestReward)} />}
        </g>
      </svg>
      <div
        className={styles.area}
        data-screen-only
        style={{
          insetInlineStart: frame.left,
          insetBlockStart: frame.top,
          inlineSize: frame.right - frame.left,
          blockSize: frame.bottom - frame.top + 22,
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          follow(event);
        }}
        onPointerMove={follow}
        onPointerUp={() => (dragging.current = false)}
        onPointerCancel={leave}
        onPointerLeave={leave}
      >
        <div
          className={styles.cursor}
          style={{ transform: `translateX(${x - frame.left}px)`, blockSize: frame.bottom - frame.top }}
          role="slider"
          tabIndex={0}
          aria-label={text.cursor}
          aria-orientation="horizontal"
          aria-valuemin={0}
          aria-valuemax={newest}
          aria-valuenow={cursor}
          aria-valuetext={step ? text.cursorText(step.step, step.reward, step.bestReward) : text.step(cursor)}
          onKeyDown={onKeyDown}
        />
        {pointedStep && <PlotTooltip frame={frame} step={pointedStep} shown={shown} />}
      </div>
    </>
  );
}

/** Listens for Escape before the page does, which would stop a run; until the returned function is called. */
function onEscape(act: () => void): () => void {
  const onKey = (event: globalThis.KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', onKey, { capture: true });
  return () => document.removeEventListener('keydown', onKey, { capture: true });
}
