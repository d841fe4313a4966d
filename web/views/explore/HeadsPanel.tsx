// What a think token attends to in the picture, in every layer and head: a grid of small maps, the chosen one large.
import { useMemo, useState } from 'react';
import { formatProbability } from '../../../src/text/format';
import { headFacts, headMap } from '../../lib/head-maps';
import { gridOf } from '../../lib/patch-grid';
import { useRun } from '../../session/hooks';
import { exploreText } from '../../strings/explore';
import { runText } from '../../strings/run';
import { patchName } from '../run/patch-name';
import { PatchPicture } from '../run/PatchPicture';
import { AskRow } from './AskRow';
import { Choice } from './Choice';
import styles from './Explorer.module.css';
import maps from './HeadGrid.module.css';
import { HeadGrid } from './HeadGrid';
import { NumbersTable } from './NumbersTable';
import { useExploration } from './use-exploration';

const text = exploreText.heads;

export function HeadsPanel() {
  const finished = useRun((store) => store.state.finished !== null);
  const image = useRun((store) => store.state.image);
  const latents = useRun((store) => store.state.steps[0]?.latents.length ?? 0);
  const cursor = useRun((store) => store.cursor);
  const { finding, running, blocked, ask, stop } = useExploration('heads');
  const [sequence, setSequence] = useState<'decoded' | 'step'>('decoded');
  const [latent, setLatent] = useState(cursor.latent ?? 0);
  /** Null: the head with the strongest attention. */
  const [chosen, setChosen] = useState<number | null>(null);
  const found = useMemo(() => finding?.events.find((event) => event.type === 'heads') ?? null, [finding]);
  const grid = useMemo(() => (image === null ? null : gridOf(image)), [image]);
  const facts = useMemo(() => (found === null ? [] : headFacts(found)), [found]);
  if (!finished) return <p className="note">{exploreText.notFinished}</p>;
  if (latents === 0 || image === null || grid === null) return <p className="note">{exploreText.noLatents}</p>;
  const asked = finding?.ask.kind === 'heads' ? finding.ask : null;
  const range = { low: 0, high: Math.max(1e-9, ...facts.map(({ value }) => value)) };
  const strongest = facts.reduce((best, one, i) => (one.value > facts[best].value ? i : best), 0);
  const active = Math.min(chosen ?? strongest, facts.length - 1);
  const own = facts[active];
  return (
    <div className={styles.panel}>
      <p className="note">{text.lead}</p>
      <AskRow
        start={text.start}
        finding={finding}
        blocked={blocked}
        onStart={() => ask({ kind: 'heads', step: sequence === 'decoded' ? null : cursor.step, latent: Math.min(latent, latents - 1) })}
        onStop={stop}
      >
        <Choice
          label={text.sequence}
          value={sequence}
          options={[
            { value: 'decoded', label: text.decoded },
            { value: 'step', label: text.atStep(cursor.step) },
          ]}
          disabled={running}
          onChange={setSequence}
        />
        <Choice
          label={text.latent}
          value={Math.min(latent, latents - 1)}
          options={Array.from({ length: latents }, (_, value) => ({ value, label: exploreText.latent(value) }))}
          disabled={running}
          onChange={setLatent}
        />
      </AskRow>
      {found !== null && asked !== null && own !== undefined && (
        <>
          <p>{text.read(asked.step === null ? text.decoded : text.atStep(asked.step), asked.latent)}</p>
          <div className={maps.headsRow}>
            <HeadGrid found={found} grid={grid} high={range.high} active={active} onActive={setChosen} />
            <div className={maps.headLarge}>
              <PatchPicture
                image={image}
                grid={grid}
                attention={headMap(found, active)}
                range={range}
                intensity={0.5}
                marks={[]}
                active={null}
                pixel={null}
                alt={runText.overlay.picture}
              />
              <p role="status">
                {text.cell(own.layer, own.head)}: {text.facts(own.share, patchName(grid, own.patch), own.value)}
              </p>
            </div>
          </div>
          <p className="note" data-screen-only>
            {text.hint}
          </p>
          <NumbersTable
            caption={text.grid}
            columns={text.columns}
            rows={facts.map(({ layer, head, share, patch, value }) => [
              String(layer + 1),
              String(head + 1),
              formatProbability(share),
              patchName(grid, patch),
              formatProbability(value),
            ])}
          />
        </>
      )}
    </div>
  );
}
