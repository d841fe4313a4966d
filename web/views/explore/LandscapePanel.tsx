// The reward on a plane around the decoded think tokens, and an answer's log-probability beside it.
import { useEffect, useMemo, useState } from 'react';
import { extractAnswer } from '../../../src/answer/extract';
import type { Exploration } from '../../../src/explore/exploration';
import { LANDSCAPE_POINTS } from '../../../src/explore/limits';
import { correlation } from '../../lib/correlation';
import { save } from '../../lib/save-file';
import { landscapeCsv, measuredLandscape } from '../../lib/landscape-grid';
import { useSession } from '../../session/context';
import { goldAnswer } from '../../session/gold-answer';
import { useRun } from '../../session/hooks';
import { exploreText } from '../../strings/explore';
import { AskRow } from './AskRow';
import { Choice } from './Choice';
import styles from './Explorer.module.css';
import { LandscapeGrids } from './LandscapeGrids';
import { useExploration } from './use-exploration';

const text = exploreText.landscape;
type Ask = Extract<Exploration, { kind: 'landscape' }>;

const POINTS = [5, 9, 15, LANDSCAPE_POINTS.most].map((value) => ({ value, label: String(value) }));
const EXTENTS = [0.1, 0.3, 1, 3, 10].map((value) => ({ value, label: text.extentOf(value) }));
const DIRECTIONS = (Object.keys(text.kinds) as Ask['directions'][]).map((value) => ({ value, label: text.kinds[value] }));

export function LandscapePanel() {
  const finished = useRun((store) => store.state.finished !== null);
  const latents = useRun((store) => store.state.steps[0]?.latents.length ?? 0);
  const started = useRun((store) => store.state.started);
  if (!finished || started === null) return <p className="note">{exploreText.notFinished}</p>;
  if (latents === 0) return <p className="note">{exploreText.noLatents}</p>;
  return <OneLandscape key={started.runId} seed={started.seed} />;
}

function OneLandscape({ seed }: { readonly seed: number }) {
  const session = useSession();
  const own = useRun((store) => store.state.streams.answer.text);
  const { finding, running, blocked, ask, stop } = useExploration('landscape');
  const [directions, setDirections] = useState<Ask['directions']>('random');
  const [points, setPoints] = useState(9);
  const [extent, setExtent] = useState(1);
  /** Null: the run's own answer. */
  const [written, setWritten] = useState<string | null>(null);
  const [gold, setGold] = useState<string | null>(null);
  useEffect(() => {
    let here = true;
    void goldAnswer(session).then((answer) => here && setGold(answer));
    return () => void (here = false);
  }, [session]);
  const measured = useMemo(() => (finding === null ? null : measuredLandscape(finding.events)), [finding]);
  const shown = finding?.ask.kind === 'landscape' ? finding.ask : null;
  const agreement = useMemo(
    () => (measured?.rewards && measured.logprobs ? correlation(measured.rewards.flat(), measured.logprobs.flat()) : null),
    [measured],
  );
  const scored = (): Ask['scored'] => {
    if (written === null) return { kind: 'own' };
    return written.trim() === '' ? null : { kind: 'text', text: written };
  };
  return (
    <div className={styles.panel}>
      <p className="note">
        {text.lead} {text.extentHelp}
      </p>
      <AskRow
        start={text.start}
        finding={finding}
        blocked={blocked}
        onStart={() => ask({ kind: 'landscape', directions, points, extent, scored: scored(), seed })}
        onStop={stop}
      >
        <Choice label={text.directions} value={directions} options={DIRECTIONS} disabled={running} onChange={setDirections} />
        <Choice label={text.points} value={points} options={POINTS} disabled={running} onChange={setPoints} />
        <Choice label={text.extent} value={extent} options={EXTENTS} disabled={running} onChange={setExtent} />
        <label className={styles.choice}>
          <span>{text.scored}</span>
          <input
            type="text"
            className="field"
            maxLength={2000}
            value={written ?? own}
            disabled={running}
            title={text.scoredHelp}
            onChange={(event) => setWritten(event.target.value)}
          />
        </label>
        {gold !== null && (
          <button type="button" className="button button-quiet" disabled={running} onClick={() => setWritten(withAnswer(own, gold))}>
            {text.gold(gold)}
          </button>
        )}
      </AskRow>
      <p className="note">{text.scoredHelp}</p>
      {measured !== null && shown !== null && (
        <>
          <LandscapeGrids landscape={measured} directions={shown.directions}>
            <button
              type="button"
              className="button button-quiet"
              onClick={() => save('noema-landscape.csv', 'text/csv', [landscapeCsv(measured)])}
            >
              {text.csv}
            </button>
          </LandscapeGrids>
          {agreement !== null && <p>{text.agreement(agreement)}</p>}
        </>
      )}
    </div>
  );
}

/** What the model wrote, with another answer in the place of its own. */
function withAnswer(written: string, answer: string): string {
  const own = extractAnswer(written).text;
  const at = own === '' ? -1 : written.lastIndexOf(own);
  return at < 0 ? `\\boxed{${answer}}` : `${written.slice(0, at)}${answer}${written.slice(at + own.length)}`;
}
