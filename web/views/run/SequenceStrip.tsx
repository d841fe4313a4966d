// The sequence as a strip: where the picture, the question, the think tokens and their inserted patches stand.
import { useId, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react';
import { patchesAt } from '../../../src/events/fold';
import { indexForKey } from '../../lib/list-keys';
import type { LatentWords } from '../../lib/method-view';
import { layOutSequence, stripShares, type StripScale, type Stretch } from '../../lib/sequence-rows';
import { useSize } from '../../lib/use-size';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { Segmented } from '../../ui/Segmented';
import styles from './SequenceStrip.module.css';
import { latentHue, useCursorStep, useMethodView, useRunSettings } from './use-run-view';

const text = runText.strip;
const SCALES = [
  { value: 'even', label: text.compressed },
  { value: 'rows', label: text.toScale },
] as const;

/** What a stretch is, in words. */
function describeStretch(stretch: Stretch, words: LatentWords): string {
  const { role, latent, patches, start, length } = stretch;
  if (role === 'think' && latent !== null) return `${runText.latent.long(words, latent)}, ${text.rows(start, length)}`;
  if (role === 'patches' && latent !== null) {
    return `${text.roles.patches} ${text.ofLatent(runText.latent.short(words, latent))}: ${text.patchList(patches)}; ${text.rows(start, length)}`;
  }
  return `${text.roles[role]}, ${text.rows(start, length)}`;
}

/** Room a letter of a stretch's name takes, CSS pixels. */
const LETTER = 7;

/** The name written on a stretch: whole, or not at all. Think tokens have room for theirs at any width. */
function nameOn(stretch: Stretch, width: number, words: LatentWords): string {
  if (stretch.role === 'think' && stretch.latent !== null) return runText.latent.short(words, stretch.latent);
  const name = text.short[stretch.role];
  return name.length * LETTER <= width ? name : '';
}

/** Longest text of a stretch that the one line about it begins to show. */
const LONGEST = 1000;

/** A text with its line breaks as marks; no more than its beginning. */
function onOneLine(written: string): string {
  const lines = written.trim().slice(0, LONGEST).split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ↵ ');
}

/** Strip, choice of scale, and one line about the stretch in hand. */
export function SequenceStrip() {
  const prompt = useRun((store) => store.state.prompt);
  const step = useCursorStep();
  const state = useRun((store) => store.state);
  const settings = useRunSettings();
  const view = useMethodView();
  const layout = view.layout(settings, step);
  const [scale, setScale] = useState<StripScale>('even');
  const [active, setActive] = useState<number | null>(null);
  const held = useMemo(() => (step ? patchesAt(state, step.step) : []), [state, step]);
  const stretches = useMemo(() => (prompt ? layOutSequence(prompt.segments, held, layout) : []), [prompt, held, layout]);
  const shares = useMemo(() => stripShares(stretches, scale), [stretches, scale]);
  const rows = stretches.reduce((sum, stretch) => sum + stretch.length, 0);
  const shown = active === null ? undefined : stretches[active];
  if (!prompt) return <p className={styles.empty}>{text.empty}</p>;
  return (
    <div className={styles.strip}>
      <div className={styles.head}>
        <span className={styles.title} title={text.help}>
          {text.label} <span>{text.total(rows)}</span>
        </span>
        <Segmented legend={text.scale} legendHidden value={scale} options={SCALES} onChange={setScale} />
      </div>
      <Stretches stretches={stretches} shares={shares} active={active} onActive={setActive} />
      <p className={styles.readout} aria-hidden="true">
        {shown ? (
          <>
            <strong>{describeStretch(shown, view.latents)}</strong>
            {shown.text && <span>{onOneLine(shown.text)}</span>}
          </>
        ) : (
          <span>{text.hint}</span>
        )}
      </p>
    </div>
  );
}

interface StretchesProps {
  readonly stretches: readonly Stretch[];
  readonly shares: readonly number[];
  readonly active: number | null;
  readonly onActive: (index: number | null) => void;
}

function Stretches({ stretches, shares, active, onActive }: StretchesProps) {
  const { latents: words } = useMethodView();
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const chosen = useRun((store) => store.cursor.latent);
  const setCursor = useRun((store) => store.setCursor);
  const choose = (index: number): void => {
    const { latent } = stretches[index];
    if (latent !== null) setCursor({ latent: latent === chosen ? null : latent });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = indexForKey(event.key, active, stretches.length);
    if (next !== null) onActive(next);
    else if ((event.key === 'Enter' || event.key === ' ') && active !== null) choose(active);
    else if (event.key === 'Escape' && active !== null) onActive(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const indexOf = (target: EventTarget): number | null => {
    const found = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    return found ? Number(found.dataset['index']) : null;
  };
  return (
    <div
      ref={ref}
      className={styles.rows}
      role="listbox"
      aria-label={text.label}
      aria-orientation="horizontal"
      aria-activedescendant={active === null ? undefined : `${id}-${active}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={() => active === null && onActive(0)}
      onBlur={() => onActive(null)}
      onPointerOver={(event) => onActive(indexOf(event.target))}
      onPointerLeave={() => onActive(null)}
      onClick={(event) => {
        const index = indexOf(event.target);
        if (index !== null) choose(index);
      }}
    >
      {stretches.map((stretch, i) => (
        <span
          key={`${stretch.role}-${stretch.latent ?? stretch.start}`}
          id={`${id}-${i}`}
          data-index={i}
          className={styles.stretch}
          role="option"
          aria-selected={stretch.latent !== null && stretch.latent === chosen}
          aria-label={describeStretch(stretch, words)}
          data-role={stretch.role}
          data-active={i === active}
          data-dim={chosen !== null && stretch.latent !== null && stretch.latent !== chosen}
          style={{ '--share': shares[i], '--hue': stretch.latent === null ? undefined : latentHue(stretch.latent) } as CSSProperties}
        >
          {nameOn(stretch, shares[i] * width, words)}
        </span>
      ))}
    </div>
  );
}
