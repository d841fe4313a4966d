// An evaluation as it goes on: how far it is, the report, every item, and ways to stop, go on and save.
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { JUDGES } from '../../src/evaluation/judge';
import { valueOf } from '../../workers/answer';
import type { EvaluationFacts } from '../../workers/evaluation/wire';
import { useBusy } from '../session/hooks';
import { save } from '../lib/save-file';
import { manyText } from '../strings/many';
import { Segmented } from '../ui/Segmented';
import { samplesDataset, SAMPLES } from './evaluation-plan';
import type { EvaluationWork } from './evaluation-state';
import { recordName } from './file-name';
import { ItemTable } from './ItemTable';
import { JudgeFields } from './JudgeFields';
import styles from './Many.module.css';
import { ReportTables } from './ReportTables';
import { WorkRow } from './WorkRow';

const text = manyText.evaluation;

interface Props {
  readonly work: EvaluationWork;
  readonly facts: EvaluationFacts;
}

export function EvaluationResults({ work, facts }: Props) {
  const { report, judge } = useStore(work.state);
  const [asksModel, setAsksModel] = useState(false);
  return (
    <section className={styles['results']} aria-label={text.of(facts.header.dataset.name)}>
      <h3>{text.of(facts.header.dataset.name)}</h3>
      <Progress work={work} facts={facts} />
      <Segmented
        legend={text.judge}
        value={asksModel ? 'llm' : judge}
        options={JUDGES.map((value) => ({ value, label: text.judges[value] }))}
        onChange={(next) => {
          setAsksModel(next === 'llm');
          if (next !== 'llm') void work.judgeBy(next, null);
        }}
      />
      {asksModel && <JudgeFields work={work} />}
      {facts.notes.map((note) => (
        <p key={note} className="problem">
          {note}
        </p>
      ))}
      {report === null || report.items === 0 ? <p className="note">{text.empty}</p> : <ReportTables report={report} />}
      {facts.rows > 0 && <ItemTable work={work} facts={facts} judge={judge} />}
      {facts.inMemory && <p className="problem">{manyText.inMemory}</p>}
      <Files work={work} />
    </section>
  );
}

function Progress({ work, facts }: Props) {
  const busy = useBusy();
  const { status, dataset, pace } = useStore(work.state);
  const { header, done, lost, total } = facts;
  const left = total - done;
  const words = [
    text.done(done, total),
    ...(lost === 0 ? [] : [text.lost(lost)]),
    ...(status !== 'idle' && pace !== null && left > 0 ? [manyText.left(pace * left)] : []),
  ];
  const goOn = async (): Promise<void> => {
    if (header.dataset.name === SAMPLES && dataset?.sha256 !== header.dataset.sha256) await work.open(samplesDataset);
    await work.run(header);
  };
  const isHere = header.dataset.name === SAMPLES || dataset?.sha256 === header.dataset.sha256;
  return (
    <>
      <WorkRow
        label={text.of(header.dataset.name)}
        done={done}
        total={total}
        words={words}
        status={status}
        stopWords={manyText.stopEvaluation}
        goOn={left + lost > 0 ? { words: text.goOn, disabled: busy || !isHere, start: () => void goOn() } : null}
      />
      {status === 'idle' && left + lost > 0 && !isHere && <p className="note">{text.needsDataset(header.dataset.name)}</p>}
    </>
  );
}

function Files({ work }: { readonly work: EvaluationWork }) {
  const busy = useStore(work.state, (state) => state.status !== 'idle');
  const saveLog = async (): Promise<void> =>
    save(`${recordName('evaluation')}.log.jsonl`, 'application/jsonl', [valueOf(await work.books.logFile())]);
  const saveReport = async (): Promise<void> =>
    save(`${recordName('evaluation')}.txt`, 'text/plain', [valueOf(await work.books.reportText(work.state.getState().judge))]);
  return (
    <div className={styles['row']} data-screen-only>
      <button type="button" className="button" onClick={() => void saveLog()}>
        <Download size={16} aria-hidden="true" />
        {text.download}
      </button>
      <button type="button" className="button" onClick={() => void saveReport()}>
        <Download size={16} aria-hidden="true" />
        {text.report}
      </button>
      <button type="button" className="button button-quiet" disabled={busy} onClick={() => void work.forget()}>
        {text.clear}
      </button>
    </div>
  );
}
