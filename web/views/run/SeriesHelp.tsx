// What each series and each number of the chart means: for sight on demand, for a screen reader as the description of its button.
import type { StepFact } from '../../lib/method-view';
import { runText } from '../../strings/run';
import type { SeriesName } from './reward-series';
import styles from './SeriesHelp.module.css';
import { SeriesSwatch } from './SeriesSwatch';

interface Props {
  /** Of the list; a description's own is `helpId(id, name)`. */
  readonly id: string;
  readonly names: readonly SeriesName[];
  /** Facts of the run's own method. */
  readonly facts: readonly Pick<StepFact, 'name' | 'help'>[];
  readonly hidden: boolean;
}

const text = runText.chart;

/** The id of one series' description in the list with this id. */
export function helpId(id: string, name: SeriesName): string {
  return `${id}-${name}`;
}

export function SeriesHelp({ id, names, facts, hidden }: Props) {
  return (
    <dl id={id} className={styles.help} hidden={hidden}>
      {names.map((name) => (
        <div key={name}>
          <dt>
            <SeriesSwatch name={name} />
            {text.series[name].name} <var>{text.series[name].symbol}</var>
          </dt>
          <dd id={helpId(id, name)}>{text.series[name].help}</dd>
        </div>
      ))}
      {[...Object.values(text.facts), ...facts].map(({ name, help }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{help}</dd>
        </div>
      ))}
    </dl>
  );
}
