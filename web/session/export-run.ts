// The run on screen as a file: its events as JSON lines, its steps or its tokens as a table.
import { type OwnColumns, stepsCsv, tokensCsv } from '../../src/events/csv';
import type { RunState } from '../../src/events/fold';
import { recordLines } from '../../src/events/record';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { withRecorded } from '../../src/methods/offered';
import { inTurns, joined } from '../lib/in-turns';
import { save } from '../lib/save-file';
import type { Session } from './session';

export type ExportKind = 'run' | 'steps' | 'tokens';

/** Hands the run on screen to the visitor as a file. */
export async function exportRun({ run, methods }: Session, kind: ExportKind): Promise<void> {
  const { events, state } = run.getState();
  const name = `noema-${(state.started?.startedAt ?? 'run').slice(0, 19).replaceAll(':', '-')}`;
  if (kind === 'run') save(`${name}.jsonl`, 'application/jsonl', [await inTurns(joined(recordLines(events)))]);
  else if (kind === 'steps') save(`${name}-steps.csv`, 'text/csv', [stepsCsv(state, await ownColumns(state, methods))]);
  else save(`${name}-tokens.csv`, 'text/csv', [tokensCsv(state)]);
}

/** The columns that the run's own method adds; undefined where it adds none. */
async function ownColumns({ started }: RunState, methods: MethodRegistry): Promise<OwnColumns | undefined> {
  if (started === null) return undefined;
  const method = (await withRecorded(methods, started.method)).find(started.method);
  return method?.columns?.(method.space.parse(started.settings));
}
