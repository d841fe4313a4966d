// What made the difference: the answer decoded again with parts of the thought left out or replaced, or a button that finds out.
import { useMemo } from 'react';
import { extractAnswer } from '../../../src/answer/extract';
import type { RunEventOf } from '../../../src/events/events';
import { formatProbability, formatReward } from '../../../src/text/format';
import { useSession } from '../../session/context';
import { useBusy, useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { TableHead } from '../../ui/TableHead';
import styles from './Controls.module.css';
import { useMethodView, useRunMethod, useRunSettings } from './use-run-view';

const text = runText.controls;
/** The setting that asks for controls, in every method that has them. */
const SETTING = 'controls';

const said = ({ answer }: RunEventOf<'control'>): string => extractAnswer(answer).text.trim().toLowerCase();

export function Controls() {
  const session = useSession();
  const controls = useRun((store) => store.state.controls);
  const method = useRunMethod();
  const busy = useBusy();
  if (method.controls === undefined) return null;
  return (
    <section className={styles.controls} aria-label={text.title}>
      <h3>{text.title}</h3>
      {controls.length > 0 ? (
        <Found controls={controls} />
      ) : (
        <p className={styles.find}>
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void session.repeat({ [SETTING]: true })}
            data-screen-only
          >
            {text.find}
          </button>
          <span className="note">{text.findHelp}</span>
        </p>
      )}
    </section>
  );
}

function Found({ controls }: { readonly controls: readonly RunEventOf<'control'>[] }) {
  const method = useRunMethod();
  const settings = useRunSettings();
  const { attribution } = useMethodView();
  const sentences = useMemo(() => attribution(controls, said), [attribution, controls]);
  const words = method.controls?.(settings) ?? [];
  const rewarded = controls.some(({ reward }) => reward !== null);
  const answer = useRun((store) => store.state.streams.answer.text);
  const own = extractAnswer(answer).text.trim().toLowerCase();
  return (
    <>
      <div role="status">
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <div className={styles.frame} tabIndex={0} role="group" aria-label={text.title}>
        <table className={styles.table}>
          <TableHead columns={Object.entries(text.columns).flatMap(([key, name]) => (key === 'reward' && !rewarded ? [] : [name]))} />
          <tbody>
            {controls.map((control) => {
              const word = words.find(({ id }) => id === control.control);
              return (
                <tr key={control.control} data-same={said(control) === own}>
                  <th scope="row">
                    {word?.label ?? control.control}
                    {word !== undefined && <span>{word.help}</span>}
                  </th>
                  <td>{extractAnswer(control.answer).text || '–'}</td>
                  {rewarded && <td>{formatReward(control.reward)}</td>}
                  <td>{formatProbability(Math.exp(control.logprob))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
