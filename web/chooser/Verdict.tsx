// Whether a model will run here: a sign with a word beside a name, and the whole sentence where there is room.
import { CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import type { Outlook } from './catalogue';
import { modelsText } from '../strings/models';
import styles from './Verdict.module.css';

type Kind = Outlook['verdict']['kind'];
const ICONS = { 'will-run': CircleCheck, instead: CircleAlert, unknown: CircleAlert, cannot: CircleX } as const satisfies Record<
  Kind,
  unknown
>;

/** `null` while the device is being looked at. `ofType`: of one dtype alone, whatever other dtypes of the model run. */
export function VerdictBadge({ verdict, ofType = false }: { readonly verdict: Outlook['verdict'] | null; readonly ofType?: boolean }) {
  if (verdict === null) return <span className={styles['badge']}>{modelsText.verdict.pending}</span>;
  const kind = ofType && verdict.kind === 'instead' ? 'cannot' : verdict.kind;
  const Icon = ICONS[kind];
  return (
    <span className={styles['badge']} data-kind={kind}>
      <Icon size={15} aria-hidden="true" />
      {kind === 'cannot' ? modelsText.verdict.cannot : word(verdict)}
    </span>
  );
}

/** What to know before deciding, and what to do when it cannot run. Nothing when there is nothing to say. */
export function VerdictNotes({ verdict, ofType = false }: { readonly verdict: Outlook['verdict']; readonly ofType?: boolean }) {
  const sentences = notes(verdict, ofType);
  if (sentences.length === 0) return null;
  return (
    <div className={styles['notes']} data-kind={verdict.kind}>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}

function word(verdict: Outlook['verdict']): string {
  const text = modelsText.verdict;
  if (verdict.kind === 'instead') return text.instead(verdict.dtype);
  return verdict.kind === 'will-run' ? text.run : text.unknown;
}

function notes(verdict: Outlook['verdict'], ofType: boolean): readonly string[] {
  const text = modelsText.verdict;
  switch (verdict.kind) {
    case 'will-run':
      return verdict.notes;
    case 'instead':
      return [(ofType ? text.typeInstead : text.insteadLong)(verdict.dtype, verdict.reason)];
    case 'unknown':
      return [text.unknownLong(verdict.reason)];
    case 'cannot':
      return [verdict.reason, verdict.action];
  }
}
