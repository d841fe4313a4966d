// The transport of the one cursor: play, step, scrub, follow.
import { ChevronLeft, ChevronRight, Pause, Play } from 'lucide-react';
import type { CSSProperties } from 'react';
import { usePlayback, useRun } from '../../session/hooks';
import { isOver, newestStep } from '../../stores/run-store';
import { runText } from '../../strings/run';
import { Segmented } from '../../ui/Segmented';
import { SPEEDS } from '../../stores/playback';
import styles from './StepCursor.module.css';
import { usePlannedSteps, useTakesSteps } from './use-run-view';

const text = runText.transport;

/** Buttons and a range for the cursor's step; moving any of them moves every view. */
export function StepCursor() {
  const step = useRun((store) => store.cursor.step);
  const newest = useRun((store) => newestStep(store.state));
  const count = useRun((store) => store.state.steps.length);
  const bestStep = useRun((store) => store.state.bestStep);
  const isGoing = useRun((store) => store.status === 'running' || store.status === 'stopping');
  const over = useRun((store) => isOver(store.status));
  const follow = useRun((store) => store.follow);
  const setFollow = useRun((store) => store.setFollow);
  const { stepBy, togglePlay, goToStep } = usePlayback((playback) => playback);
  const ticking = usePlayback((playback) => playback.ticking);
  const planned = usePlannedSteps();
  const takesSteps = useTakesSteps();
  const total = over ? newest : Math.max(newest, planned);
  const playing = ticking || (isGoing && follow);
  const PlayIcon = playing ? Pause : Play;
  if (!takesSteps) return null;

  return (
    <div className={styles.transport} role="group" aria-label={text.label} data-screen-only>
      <div className={styles.buttons}>
        <button
          type="button"
          className="button button-quiet button-icon"
          onClick={() => stepBy(-1)}
          disabled={step <= 0}
          aria-label={text.back}
        >
          <ChevronLeft size={18} aria-hidden />
        </button>
        <button
          type="button"
          className="button button-icon"
          onClick={togglePlay}
          disabled={count < 2 && !isGoing}
          aria-label={playing ? text.pause : text.play}
          aria-keyshortcuts="Space"
        >
          <PlayIcon size={16} aria-hidden />
        </button>
        <button
          type="button"
          className="button button-quiet button-icon"
          onClick={() => stepBy(1)}
          disabled={step >= newest}
          aria-label={text.on}
        >
          <ChevronRight size={18} aria-hidden />
        </button>
      </div>
      <div
        className={styles.scrub}
        style={{ '--share': total > 0 ? step / total : 0, '--ran': total > 0 ? newest / total : 0 } as CSSProperties}
      >
        <input
          type="range"
          min={0}
          max={Math.max(1, total)}
          step={1}
          value={step}
          disabled={count === 0}
          onChange={(event) => goToStep(Number(event.target.value))}
          aria-label={text.scrub}
          aria-valuetext={text.valueText(step, total, step === bestStep)}
        />
        {bestStep !== null && total > 0 && (
          <button
            type="button"
            className={styles.best}
            style={{ '--at': bestStep / total } as CSSProperties}
            onClick={() => goToStep(bestStep)}
            aria-label={text.bestMark(bestStep)}
            title={text.bestMark(bestStep)}
          />
        )}
      </div>
      <span className={styles.readout} aria-hidden="true">
        {text.of(step, total)}
      </span>
      <div className={styles.side}>
        {isGoing ? (
          <button type="button" className="button button-quiet" aria-pressed={follow} onClick={() => setFollow(!follow)}>
            <span className={styles.live} data-on={follow} aria-hidden="true" />
            {follow ? text.following : text.follow}
          </button>
        ) : (
          <SpeedChoice />
        )}
      </div>
    </div>
  );
}

function SpeedChoice() {
  const speed = usePlayback((playback) => playback.speed);
  const setSpeed = usePlayback((playback) => playback.setSpeed);
  return (
    <Segmented
      legend={text.speed}
      legendHidden
      value={String(speed)}
      options={SPEEDS.map((choice) => ({ value: String(choice), label: text.speedOf(choice) }))}
      onChange={(value) => setSpeed(SPEEDS.find((choice) => String(choice) === value) ?? 1)}
    />
  );
}
