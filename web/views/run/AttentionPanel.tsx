// The attention ratio R and the focus F of steps and of sentences, as two small charts and as a table.
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { attentionFor } from '../../lib/attention-series';
import { comparable } from '../../lib/same-subject';
import { useSession } from '../../session/context';
import { useRun } from '../../session/hooks';
import { attentionText as text } from '../../strings/attention';
import { runText } from '../../strings/run';
import { Segmented } from '../../ui/Segmented';
import { useToggletip } from '../../ui/Toggletip';
import { TableHead } from '../../ui/TableHead';
import { AttentionPlot } from './AttentionPlot';
import styles from './AttentionPanel.module.css';
import { useMethodView, useRunMethod } from './use-run-view';

const SCALES = [
  { value: 'total', label: text.scales.total },
  { value: 'each', label: text.scales.each },
] as const;

/** Of the run on screen, and of the sentences of runs made beside it that wrote their steps out. */
export function AttentionPanel() {
  const { ran, methods } = useSession();
  const state = useRun((store) => store.state);
  const others = useStore(ran, ({ runs }) => runs);
  const view = useMethodView();
  const method = useRunMethod();
  const here = useRun((store) => store.cursor.step);
  const [scale, setScale] = useState<'total' | 'each'>('total');
  const tip = useToggletip({ label: text.helpLabel });
  const series = useMemo(
    () =>
      attentionFor(
        state,
        comparable(state, others),
        view,
        runText.latent.capital(view.latents.one),
        method.label,
        (id) => methods.find(id)?.label ?? id,
      ),
    [state, others, view, method, methods],
  );
  return (
    <section className={styles.panel} aria-label={text.title}>
      <div className={styles.head}>
        <ul className={styles.legend}>
          {series.map(({ name }, index) => (
            <li key={name} data-series={index}>
              {name}
            </li>
          ))}
        </ul>
        <Segmented legend={text.scale} legendHidden value={scale} options={SCALES} onChange={setScale} />
        {tip.button}
      </div>
      <div id={tip.id} className={styles.help} hidden={!tip.open}>
        {text.help.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {series.length === 0 ? (
        <p className={styles.help}>{text.waiting}</p>
      ) : (
        <>
          <div className={styles.plots}>
            <AttentionPlot series={series} measure="ratio" scale={scale} here={here} />
            <AttentionPlot series={series} measure="focus" scale={scale} here={here} />
          </div>
          <div className={styles.frame} role="region" aria-label={text.table} tabIndex={0}>
            <table className={styles.table}>
              <TableHead columns={Object.values(text.columns)} />
              {series.map(({ name, points }, index) => (
                <tbody key={name}>
                  <tr>
                    <th scope="rowgroup" colSpan={6} className={styles.group} data-series={index}>
                      {name}
                    </th>
                  </tr>
                  {points.map(({ label, step, sentence, ratio, focus, keys }) => (
                    <tr key={label} data-here={step === here} aria-current={step === here ? 'step' : undefined}>
                      <th scope="row">
                        {label}
                        {sentence !== null && (
                          <span dir="auto" title={sentence}>
                            {sentence}
                          </span>
                        )}
                      </th>
                      <td>{text.value(ratio.total)}</td>
                      <td>{text.value(ratio.each)}</td>
                      <td>{text.value(focus.total)}</td>
                      <td>{text.value(focus.each)}</td>
                      <td>{text.keys(keys)}</td>
                    </tr>
                  ))}
                </tbody>
              ))}
            </table>
          </div>
        </>
      )}
    </section>
  );
}
