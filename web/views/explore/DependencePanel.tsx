// Image dependence of the answer with a choice of corruption: a histogram, the share above a threshold, the numbers.
import { useEffect, useMemo, useState } from 'react';
import { CORRUPTIONS, type CorruptionKind } from '../../../src/dependence/corruptions';
import { formatNumber, formatSize } from '../../../src/text/format';
import { toEngineError } from '../../../src/errors';
import { get } from '../../library';
import { useSession } from '../../session/context';
import { useRun } from '../../session/hooks';
import { listSamples, type Sample } from '../../session/pictures';
import { exploreText } from '../../strings/explore';
import { AskRow } from './AskRow';
import { Choice } from './Choice';
import { DependenceHistogram } from './DependenceHistogram';
import styles from './Explorer.module.css';
import { NumbersTable } from './NumbersTable';
import { tokenName } from './token-name';
import { useExploration } from './use-exploration';

const text = exploreText.dependence;
const KINDS = (Object.keys(text.kinds) as CorruptionKind[]).map((value) => ({ value, label: text.kinds[value].label }));
const DRAWS = [1, 2, 4, 8, 16].map((value) => ({ value, label: String(value) }));
/** What each is set to when it is chosen. */
const USUAL: Record<CorruptionKind, number> = { noise: 1, blur: 0.1, mask: 0.5, grey: 1, other: 1 };
/** The largest noise of the slider; larger ones hide no more. */
const SLIDER_NOISE = 3;

export function DependencePanel() {
  const { page } = useSession();
  const finished = useRun((store) => store.state.finished !== null);
  const seed = useRun((store) => store.state.started?.seed ?? 0);
  const { tokens, dependence: ofRun } = useRun((store) => store.state.streams.answer);
  const { finding, running, blocked, ask, stop } = useExploration('dependence');
  const [kind, setKind] = useState<CorruptionKind>('noise');
  const [strength, setStrength] = useState(USUAL.noise);
  const [draws, setDraws] = useState(2);
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const [other, setOther] = useState('');
  const problem = page.getState().setProblem;
  useEffect(() => {
    if (kind !== 'other' || samples.length > 0) return;
    listSamples().then(
      (list) => {
        setSamples(list);
        setOther(list.at(-1)?.file ?? '');
      },
      (thrown: unknown) => problem({ error: toEngineError(thrown), retry: null }),
    );
  }, [kind, samples, problem]);
  const measured = useMemo(() => finding?.events.filter((event) => event.type === 'dependence') ?? [], [finding]);
  const shown = measured.length > 0 ? measured : ofRun.flatMap((one, index) => (one === undefined ? [] : [{ ...one, index }]));
  const asked = measured.length > 0 && finding?.ask.kind === 'dependence' ? finding.ask : null;
  if (!finished) return <p className="note">{exploreText.notFinished}</p>;
  const random = CORRUPTIONS[kind].random;
  const most = kind === 'noise' ? SLIDER_NOISE : CORRUPTIONS[kind].most;
  const start = async (): Promise<void> => {
    const rest = { kind: 'dependence', corruption: { kind, strength }, draws, seed } as const;
    if (kind !== 'other') return ask(rest);
    try {
      const bytes = await (await get(`samples/${other}`)).arrayBuffer();
      ask({ ...rest, other: { bytes, name: other } });
    } catch (thrown) {
      problem({ error: toEngineError(thrown), retry: () => void start() });
    }
  };
  return (
    <div className={styles.panel}>
      <p className="note">{text.lead}</p>
      <AskRow
        start={text.start}
        finding={finding}
        blocked={blocked || (kind === 'other' && other === '')}
        onStart={() => void start()}
        onStop={stop}
      >
        <Choice
          label={text.corruption}
          value={kind}
          options={KINDS}
          disabled={running}
          onChange={(next) => {
            setKind(next);
            setStrength(USUAL[next]);
          }}
        />
        <label className={styles.choice}>
          <span>
            {text.strength} <output>{formatNumber(strength, 2)}</output>
          </span>
          <input
            type="range"
            min={0}
            max={most}
            step={most / 50}
            value={strength}
            disabled={running}
            aria-valuetext={`${formatNumber(strength, 2)}, ${text.kinds[kind].unit}`}
            onChange={(event) => setStrength(Number(event.target.value))}
          />
        </label>
        {kind === 'other' && samples.length > 0 && (
          <Choice
            label={text.other}
            value={other}
            options={samples.map(({ file, title }) => ({ value: file, label: title }))}
            disabled={running}
            onChange={setOther}
          />
        )}
        {random ? (
          <Choice label={text.draws} value={draws} options={DRAWS} disabled={running} onChange={setDraws} />
        ) : (
          <p className={styles.choice}>
            <span>{text.draws}</span> {text.oneDraw}
          </p>
        )}
      </AskRow>
      <p className="note">{text.strengthHelp(text.kinds[kind].unit)}</p>
      {shown.length === 0 ? (
        !running && <p className="note">{text.none}</p>
      ) : (
        <>
          <p>
            {asked === null
              ? text.ofRun
              : text.measured(
                  text.kinds[asked.corruption.kind].label,
                  asked.corruption.strength,
                  CORRUPTIONS[asked.corruption.kind].random ? asked.draws : 1,
                )}
          </p>
          <DependenceHistogram values={shown.map(({ value }) => value)} />
          <NumbersTable
            caption={text.histogram}
            columns={text.columns}
            rows={shown.map(({ index, value, withImage, withoutImage }) => [
              tokenName(tokens[index]?.text ?? ''),
              ...[value, withImage, withoutImage].map(formatSize),
            ])}
          />
        </>
      )}
    </div>
  );
}
