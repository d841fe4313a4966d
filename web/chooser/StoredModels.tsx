// What is kept on this device: name, size, state, last use; deleted one by one or all at once, after a question.
import { Trash2 } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { formatBytes } from '../../src/text/format';
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { ErrorCard } from '../views/shell/ErrorCard';
import { forgetStored, readStored, useInspection } from './inspection';
import styles from './StoredModels.module.css';

/** What the visitor is being asked about: a model's key, or all. */
type Asked = { readonly key: string | null } | null;

export function StoredModels() {
  const session = useSession();
  const models = useInspection((state) => state.stored);
  const problem = useInspection((state) => state.storedProblem);
  const [asked, setAsked] = useState<Asked>(null);
  const [said, setSaid] = useState('');
  const [refused, setRefused] = useState<(() => void) | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const device = useInspection((state) => state.device);
  const text = modelsText.stored;

  useEffect(() => void readStored(session), [session]);

  const remove = async (key: string | null, words: string): Promise<void> => {
    setAsked(null);
    setRefused(null);
    heading.current?.focus();
    if (await forgetStored(session, key)) setSaid(words);
    else setRefused(() => () => void remove(key, words));
  };

  const total = (models ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  const quota = device?.storage?.quota;
  return (
    <section className={styles['stored']} aria-labelledby={id}>
      <header className={styles['head']}>
        <h3 ref={heading} id={id} tabIndex={-1}>
          {text.title}
        </h3>
        {models !== null && models.length > 0 && (
          <p className="note">
            {text.total(total)}
            {quota !== undefined && `; ${text.quota(quota)}`}
          </p>
        )}
      </header>
      {problem !== null && <ErrorCard error={problem} onRetry={problem.retry ? (refused ?? (() => void readStored(session))) : null} />}
      {models === null && problem === null && <p className="note">{text.reading}</p>}
      {models?.length === 0 && <p className="note">{text.none}</p>}
      {models !== null && models.length > 0 && (
        <ul className={styles['list']}>
          {models.map((model) =>
            asked?.key === model.key ? (
              <li key={model.key}>
                <Sure
                  question={text.sure(model.name, model.bytes)}
                  onYes={() => void remove(model.key, text.removed(model.name))}
                  onNo={() => setAsked(null)}
                />
              </li>
            ) : (
              <li key={model.key} className={styles['row']}>
                <span className={styles['name']}>{model.name}</span>
                <span className={styles['facts']}>
                  {[formatBytes(model.bytes), ...(model.partial ? [text.partial] : []), ...lastUse(model.lastUsed)].join(', ')}
                </span>
                <button
                  type="button"
                  className="button button-quiet"
                  aria-label={text.removeNamed(model.name)}
                  onClick={() => setAsked({ key: model.key })}
                >
                  <Trash2 size={15} aria-hidden="true" />
                  {text.remove}
                </button>
              </li>
            ),
          )}
        </ul>
      )}
      {models !== null &&
        models.length > 1 &&
        (asked?.key === null ? (
          <Sure question={text.sureAll(total)} onYes={() => void remove(null, text.removedAll)} onNo={() => setAsked(null)} />
        ) : (
          <button type="button" className={`button button-quiet ${styles['all']}`} onClick={() => setAsked({ key: null })}>
            {text.removeAll}
          </button>
        ))}
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </section>
  );
}

function Sure({ question, onYes, onNo }: { readonly question: string; readonly onYes: () => void; readonly onNo: () => void }) {
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <div className={styles['sure']} role="group" aria-label={question}>
      <p>{question}</p>
      <button type="button" className={`button ${styles['yes']}`} onClick={onYes}>
        {modelsText.stored.remove}
      </button>
      <button ref={no} type="button" className="button" onClick={onNo}>
        {modelsText.stored.keep}
      </button>
    </div>
  );
}

function lastUse(time: number | null): string[] {
  return time === null ? [] : [modelsText.stored.used(new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short' }))];
}
