// What an evaluation is told: the dataset, the ways of answering, and what they are compared with.
import { FileUp, Play } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { useStore } from 'zustand';
import { useSession } from '../session/context';
import { useBusy, useChosenMethod, useChosenName, useSettings } from '../session/hooks';
import { manyText } from '../strings/many';
import { ArmFields } from './ArmFields';
import { DatasetFields } from './DatasetFields';
import { armsOf, baselinesOf, firstArms, headerOf } from './evaluation-plan';
import type { EvaluationWork } from './evaluation-state';
import { FileButton } from './FileButton';
import styles from './Many.module.css';
import { ProblemText } from './Problem';
import { tried } from './tried';

const text = manyText.evaluation;
/** So many ways at most: each is a run of every item. */
const MOST_ARMS = 8;

export function EvaluationForm({ work }: { readonly work: EvaluationWork }) {
  const { methods } = useSession();
  const method = useChosenMethod();
  const settings = useSettings((store) => store.settings);
  const device = useSettings((store) => store.device);
  const dtype = useSettings((store) => store.dtype);
  const source = useChosenName();
  const busy = useBusy();
  const { dataset, problem, status, facts } = useStore(work.state);
  const [drafts, setDrafts] = useState(() => firstArms(methods, method, settings));
  const [wanted, setWanted] = useState('');
  const [most, setMost] = useState('');
  const baselineField = useId();
  const mostField = useId();
  const arms = tried(() => armsOf(drafts, settings, methods));
  const baselines = arms.value === null ? [] : baselinesOf(arms.value, methods);
  const baseline = baselines.includes(wanted) ? wanted : (baselines[1] ?? baselines[0] ?? '');
  const limit = most.trim() === '' ? Number.MAX_SAFE_INTEGER : Number(most);
  const isLimit = Number.isInteger(limit) && limit > 0;
  const nextKey = Math.max(...drafts.map(({ key }) => key)) + 1;
  const ready = dataset !== null && arms.value !== null && isLimit;
  const start = (event: FormEvent): void => {
    event.preventDefault();
    if (busy || dataset === null || arms.value === null || !isLimit) return;
    void work.run(headerOf(dataset, arms.value, baseline, limit, { source, dtype, device }));
  };
  return (
    <form className={styles['form']} aria-label={manyText.kinds.evaluation} onSubmit={start}>
      <DatasetFields work={work} disabled={status !== 'idle'} />
      <label className={styles['field']} htmlFor={mostField}>
        {text.most}
        <input
          id={mostField}
          className="field"
          inputMode="numeric"
          autoComplete="off"
          aria-invalid={!isLimit}
          placeholder={dataset === null ? '' : String(dataset.entries)}
          value={most}
          onChange={(event) => setMost(event.target.value)}
        />
      </label>
      <fieldset className={styles['set']}>
        <legend>{text.arms}</legend>
        {drafts.map((draft, index) => (
          <ArmFields
            key={draft.key}
            draft={draft}
            methods={methods}
            onChange={(next) => setDrafts(drafts.map((one, at) => (at === index ? next : one)))}
            onRemove={drafts.length > 1 ? () => setDrafts(drafts.filter((_, at) => at !== index)) : null}
          />
        ))}
        <div className={styles['row']}>
          <button
            type="button"
            className="button"
            disabled={drafts.length >= MOST_ARMS}
            onClick={() =>
              setDrafts([...drafts, { key: nextKey, name: `${method.id}-${nextKey + 1}`, method: method.id, preset: '', settings: '' }])
            }
          >
            {text.add}
          </button>
          <span className="note">{text.armsHelp}</span>
        </div>
        <ProblemText error={arms.error} />
        {baselines.length > 0 && (
          <label className={styles['field']} htmlFor={baselineField}>
            {text.baseline}
            <select id={baselineField} className="field" value={baseline} onChange={(event) => setWanted(event.target.value)}>
              {baselines.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
      </fieldset>
      <ProblemText error={problem} />
      <div className={styles['row']}>
        <button type="submit" className="button button-primary" disabled={busy || !ready}>
          <Play size={16} aria-hidden="true" fill="currentColor" />
          {text.start}
        </button>
        {facts === null && (
          <FileButton
            label={text.upload}
            icon={<FileUp size={16} aria-hidden="true" />}
            accept=".jsonl"
            disabled={busy}
            onFile={(file) => void work.takeLog(file, file.name)}
          />
        )}
      </div>
      {busy && status === 'idle' && <p className="note">{manyText.busy}</p>}
    </form>
  );
}
