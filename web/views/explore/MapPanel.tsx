// Where the think tokens travel among the question's tokens and the image features, on two principal components.
import { useMemo, useState } from 'react';
import type { MapBasis } from '../../../src/explore/exploration';
import { mapPoints } from '../../lib/map-points';
import { gridOf } from '../../lib/patch-grid';
import { useRun } from '../../session/hooks';
import { exploreText } from '../../strings/explore';
import { patchName } from '../run/patch-name';
import { AskRow } from './AskRow';
import { Choice } from './Choice';
import { EmbeddingMap } from './EmbeddingMap';
import styles from './Explorer.module.css';
import { NumbersTable } from './NumbersTable';
import { tokenName } from './token-name';
import { useExploration } from './use-exploration';

const text = exploreText.map;
const BASES = (Object.keys(text.bases) as MapBasis[]).map((value) => ({ value, label: text.bases[value] }));
const FRAMES = (Object.keys(text.frames) as MapBasis[]).map((value) => ({ value, label: text.frames[value] }));

export function MapPanel() {
  const finished = useRun((store) => store.state.finished !== null);
  const image = useRun((store) => store.state.image);
  const steps = useRun((store) => store.state.steps);
  const { finding, running, blocked, ask, stop } = useExploration('map');
  const [basis, setBasis] = useState<MapBasis>('all');
  const [frame, setFrame] = useState<MapBasis>('all');
  const map = useMemo(() => finding?.events.find((event) => event.type === 'map')?.map ?? null, [finding]);
  const asked = finding?.ask.kind === 'map' ? finding.ask : null;
  const points = useMemo(() => {
    if (map === null || image === null) return [];
    const grid = gridOf(image);
    return mapPoints(map).map((point) => {
      if (point.kind === 'latent') return { ...point, name: text.point.latent(point.latent, point.step) };
      if (point.kind === 'decoded') return { ...point, name: text.point.decoded(point.latent) };
      if (point.kind === 'word') return { ...point, name: text.point.word(tokenName(point.text)) };
      return { ...point, name: text.point.image(patchName(grid, point.patch)) };
    });
  }, [map, image]);
  if (!finished) return <p className="note">{exploreText.notFinished}</p>;
  if ((steps[0]?.latents.length ?? 0) === 0) return <p className="note">{exploreText.noLatents}</p>;
  return (
    <div className={styles.panel}>
      <p className="note">{text.lead}</p>
      <AskRow start={text.start} finding={finding} blocked={blocked} onStart={() => ask({ kind: 'map', basis })} onStop={stop}>
        <Choice label={text.basis} value={basis} options={BASES} disabled={running} onChange={setBasis} />
        <Choice label={text.frame} value={frame} options={FRAMES} onChange={setFrame} />
      </AskRow>
      {map !== null && (
        <>
          <p>
            {text.shares(...map.shares, text.bases[asked?.basis ?? 'all'])}{' '}
            {map.latents.length < steps.length && text.cut(map.latents.length - 1)}
          </p>
          <EmbeddingMap points={points} frame={frame} />
          <NumbersTable
            caption={text.chart}
            columns={text.columns}
            rows={points.map(({ name, at: [x, y] }) => [name, text.coordinate(x), text.coordinate(y)])}
          />
        </>
      )}
    </div>
  );
}
