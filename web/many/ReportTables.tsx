// The sums of an evaluation: accuracy, paired comparisons, and what rewards say about right and wrong.
import type { Ranking, Share } from '../../src/evaluation/statistics';
import type { Report } from '../../src/evaluation/summary';
import { formatDuration, formatNumber, formatSigned, NO_VALUE } from '../../src/text/format';
import { manyText } from '../strings/many';
import { TableHead } from '../ui/TableHead';
import styles from './Many.module.css';

const text = manyText.evaluation;

const percent = (share: number | null): string => (share === null ? NO_VALUE : `${formatNumber(100 * share, 1)} %`);
const interval = ({ low, high }: Pick<Share, 'low' | 'high'>): string => `${formatNumber(100 * low, 1)}–${formatNumber(100 * high, 1)}`;
const ranking = ({ auroc, low, high }: Ranking): string =>
  auroc === null ? NO_VALUE : `${formatNumber(auroc)} (${formatNumber(low)}–${formatNumber(high)})`;

export function ReportTables({ report: { answers, comparisons } }: { readonly report: Report }) {
  const rewards = answers.flatMap(({ key, reward }) => (reward === null ? [] : [{ key, reward }]));
  return (
    <>
      <Numbers
        caption={text.accuracy}
        head={text.accuracyColumns}
        rows={answers.map(({ key, accuracy, meanMs }) => [
          key,
          String(accuracy.right),
          String(accuracy.asked),
          percent(accuracy.share),
          interval(accuracy),
          formatDuration(meanMs),
        ])}
      />
      {comparisons.length > 0 && (
        <Numbers
          caption={text.compared}
          head={text.comparedColumns}
          rows={comparisons.map(({ arm, against, lost, won, difference, p }) => [
            arm,
            against,
            String(lost),
            String(won),
            difference === null
              ? NO_VALUE
              : `${formatSigned(100 * difference.value, 1)} (${formatSigned(100 * difference.low, 1)} to ${formatSigned(100 * difference.high, 1)})`,
            p < 0.001 ? '<0.001' : formatNumber(p, 3),
          ])}
        />
      )}
      {rewards.length > 0 && (
        <Numbers
          caption={text.rewards}
          head={text.rewardsColumns}
          rows={rewards.map(({ key, reward }) => [
            key,
            ranking(reward.final),
            ranking(reward.start),
            ranking(reward.gain),
            formatSigned(reward.gains?.mean, 3),
          ])}
        />
      )}
      <p className="note">{text.intervals}</p>
    </>
  );
}

interface NumbersProps {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function Numbers({ caption, head, rows }: NumbersProps) {
  return (
    <div className={styles['frame']} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles['table']}>
        <caption>{caption}</caption>
        <TableHead columns={head} />
        <tbody>
          {rows.map(([first, ...cells]) => (
            <tr key={`${first} ${cells[0]}`}>
              <th scope="row">{first}</th>
              {head.slice(1).map((name, column) => (
                <td key={name}>{cells[column]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
