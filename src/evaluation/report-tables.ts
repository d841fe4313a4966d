// The tables of a report by field, of controls against the run itself, and of what answers cost.
import { formatDuration, formatNumber, formatPlural, formatSize, NO_VALUE } from '../text/format';
import { controlKey, type AuditReport } from './audits';
import type { Breakdown } from './breakdown';
import { MEASURES, type Measure } from './costs';
import type { Spread } from './spread';
import type { Report } from './summary';
import { interval, percent, points, probability, shareText, table } from './text-table';

/** Values of a field that are shown; report.json has them all. */
const MOST_SHOWN = 60;

/** A table for each field, with a line before it. */
export function breakdownLines({ breakdowns, answers, baseline }: Report): string[] {
  const keys = answers.map(({ key }) => key);
  return breakdowns.flatMap(({ field, values, groups, without }) => {
    if (values.length === 0) return ['', `No item has the field "${field}".`];
    const largest = new Set([...values].sort((a, b) => b.items - a.items).slice(0, MOST_SHOWN));
    const rows = [...values.filter((value) => largest.has(value)), ...groups].map(({ value, items, accuracy, comparisons }) => [
      value,
      String(items),
      ...keys.map((key) => shareText(accuracy[key])),
      comparisons
        .filter(({ against }) => against === baseline)
        .map(({ arm, lost, won, p }) => `${arm} ${lost}/${won} p ${probability(p)}`)
        .join('; '),
    ]);
    const more = values.length - largest.size;
    return [
      '',
      ...table([field, 'items', ...keys, `lost/won against ${baseline}`], rows),
      ...(more > 0 ? [`${formatPlural(more, 'rarer value is', 'rarer values are')} in report.json.`] : []),
      ...(without > 0 ? [`${formatPlural(without, 'item has', 'items have')} no ${field}.`] : []),
      ...groupLines(groups),
    ];
  });
}

const groupLines = (groups: Breakdown['groups']): string[] =>
  groups.map(
    ({ value, families, absent }) =>
      `${value}: ${families.join(', ')}.${absent.length === 0 ? '' : ` No item is of ${absent.join(', ')}.`}`,
  );

/** Each arm's controls against its own answers, overall and by family. */
export function auditLines({ audits, judge }: Report): string[] {
  if (audits.length === 0) return [];
  const by = judge === 'llm' ? ' Both are judged by the strict rules here.' : '';
  return [
    '',
    `Controls: answers from the run's own sequence with parts left out or replaced, against the run's answer on the same items; of single families those in which an answer turned right or wrong.${by}`,
    ...audits.flatMap((audit) => [
      '',
      ...auditTable(audit),
      ...audit.controls.flatMap(({ id, help }) => (help === '' ? [] : [`- ${id}: ${help}`])),
    ]),
  ];
}

function auditTable({ arm, items, accuracy, comparisons, controls, families }: AuditReport): string[] {
  const always = [{ value: 'all', items, accuracy, comparisons }, ...families.groups];
  const rows = controls.flatMap(({ id }) =>
    [...always, ...families.values].flatMap((slice, place) => {
      const pair = slice.comparisons.find((one) => one.arm === controlKey(arm, id));
      // Families on which nothing differs would hide the others.
      if (pair === undefined || (place >= always.length && pair.lost + pair.won === 0)) return [];
      const [own, control] = [slice.accuracy[arm], slice.accuracy[pair.arm]];
      return [
        [
          id,
          slice.value,
          String(pair.items),
          percent(own.share),
          percent(control.share),
          interval(control),
          String(pair.lost),
          String(pair.won),
          points(pair),
          probability(pair.p),
        ],
      ];
    }),
  );
  return table([`control of ${arm}`, 'family', 'items', 'run', 'control', 'interval', 'lost', 'won', 'difference', 'p'], rows);
}

const HEADS: Readonly<Record<Measure, string>> = {
  autoregressive: 'autoregressive steps',
  latentSteps: 'latent steps',
  tokens: 'tokens',
  passes: 'passes',
  rows: 'rows read',
  promptRows: 'prompt rows',
  ms: 'time',
};

/** Medians of what an answer takes, and their ratios to the baseline's. */
export function costLines({ costs }: Report): string[] {
  const { arms, baseline, shared } = costs;
  if (arms.every(({ spread }) => spread.autoregressive === null)) return [];
  const known = MEASURES.filter((name) => arms.some(({ spread }) => spread[name] !== null));
  const cells = (
    names: readonly Measure[],
    lists: Readonly<Record<Measure, Spread | null>>,
    cell: (one: Spread, name: Measure) => string,
  ): string[] => names.map((name) => (lists[name] === null ? NO_VALUE : cell(lists[name], name)));
  const others = arms.filter(({ arm }) => arm !== baseline);
  const compared = known.filter((name) => others.some(({ ratio }) => ratio[name] !== null));
  return [
    '',
    `To the last token of the answer, median over items${shared && arms.length > 1 ? ' (the arms of an item shared what they read: the first paid for it; --read-anew has each read for itself)' : ''}; autoregressive steps are latent steps and tokens, with their mean:`,
    ...table(
      ['', ...known.map((name) => HEADS[name])],
      arms.map(({ arm, spread }) => [arm, ...cells(known, spread, middle)]),
    ),
    ...(baseline === null || compared.length === 0
      ? []
      : [
          '',
          ...table(
            [`divided by ${baseline}`, ...compared.map((name) => HEADS[name])],
            others.map(({ arm, ratio }) => [arm, ...cells(compared, ratio, (one) => `${formatSize(one.median)}${ratioInterval(one)}`)]),
          ),
        ]),
    ...(shared ? [] : ['Every arm read picture and prompt for itself.']),
  ];
}

function middle({ median, mean }: Spread, name: Measure): string {
  if (name === 'ms') return formatDuration(median);
  const whole = formatNumber(median, Number.isInteger(median) ? 0 : 1);
  return name === 'autoregressive' ? `${whole} (${formatNumber(mean, 1)})` : whole;
}

const ratioInterval = ({ interval: range }: Spread): string =>
  range === null ? '' : ` (${formatSize(range.low)}–${formatSize(range.high)})`;
