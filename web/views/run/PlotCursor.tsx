// The cursor in the plot: a line that is dragged, clicked or moved by keys; it alone is drawn again when the step changes.
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { stepAt } from '../../../src/events/fold';
import { newestStep } from '../../stores/run-store';
import { runText } from '../../strings/run';
import { indexForKey } from '../../lib/list-keys';
import { usePlayback, useRun } from '../../session/hooks';
import type { PlotFrame } from './plot-frame';
import styles from './RewardPlot.module.css';

const text = runText.chart;

export function PlotCursor({ frame }: { readonly frame: PlotFrame }) {
  const cursor = useRun((store) => store.cursor.step);
  const newest = useRun((store) => newestStep(store.state));
  const step = useRun((store) => stepAt(store.state, store.cursor.step));
  const { goToStep, togglePlay } = usePlayback((playback) => playback);
  const dragging = useRef(false);

  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    goToStep(frame.stepAt(frame.left + event.clientX - box.left));
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
    <div
      className={styles.area}
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
      onPointerMove={(event) => dragging.current && follow(event)}
      onPointerUp={() => (dragging.current = false)}
      onPointerCancel={() => (dragging.current = false)}
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
      >
        <span className={styles.flag}>{text.step(cursor)}</span>
        {step && step.reward !== null && <i className={styles.point} style={{ insetBlockStart: frame.y(step.reward) - frame.top }} />}
        {step && step.bestReward !== null && (
          <i className={styles.point} data-best="true" style={{ insetBlockStart: frame.y(step.bestReward) - frame.top }} />
        )}
      </div>
    </div>
  );
}
