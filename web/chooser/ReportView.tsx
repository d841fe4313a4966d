// What a model's own files say of it, which of its dtypes to take, and the button that says what it downloads.
import { useEffect, useId, useRef, useState } from 'react';
import type { DtypeReport, ModelReport } from '../../src/engine/model-report';
import { formatModelSource, type ModelSource } from '../../src/engine/model-source';
import type { Dtype } from '../../src/model/dtype';
import { useSession } from '../session/context';
import type { Session } from '../session/session';
import { modelsText } from '../strings/models';
import { choose, chooseAndLoad } from './choose';
import { WayOut } from './DeviceSummary';
import styles from './ReportView.module.css';
import { HubLink } from './HubLink';
import { VerdictBadge, VerdictNotes } from './Verdict';

interface ReportViewProps {
  readonly report: ModelReport;
  readonly source: ModelSource;
  readonly licence: { readonly name: string; readonly means: string } | undefined;
  readonly token: string | null;
  readonly after: (() => void) | null;
}

export function ReportView({ report, source, licence, token, after }: ReportViewProps) {
  const session = useSession();
  const [picked, setPicked] = useState<Dtype | null>(() => firstPick(session, report, source));
  const region = useRef<HTMLDivElement>(null);
  const name = useId();
  // The button that was pressed is gone: the answer to it is where the eyes and the reader are.
  useEffect(() => region.current?.focus(), []);
  const type = report.dtypes.find(({ dtype }) => dtype === picked) ?? report.dtypes[0];
  const text = modelsText.report;
  const pick = type && { source, report, type, token };
  return (
    <div ref={region} className={styles['report']} role="group" tabIndex={-1} aria-label={text.label(report.name)}>
      <dl className={styles['facts']}>
        <Fact label={text.architecture} value={report.architecture} />
        {report.revision !== null && <Fact label={text.revision} value={report.revision.slice(0, 12)} mono />}
        <Fact label={modelsText.costs.licence} value={licenceWords(report.licence, licence)} />
        {source.kind === 'hub' && (
          <div>
            <dt>{text.page}</dt>
            <dd>
              <HubLink source={source} />
            </dd>
          </div>
        )}
      </dl>
      <fieldset className={styles['types']}>
        <legend>{text.types}</legend>
        {report.dtypes.map((one) => (
          <TypeRow
            key={one.dtype}
            group={name}
            type={one}
            best={one.dtype === report.recommended}
            checked={one === type}
            onPick={() => setPicked(one.dtype)}
          />
        ))}
      </fieldset>
      {type !== undefined && <VerdictNotes verdict={type.verdict} ofType />}
      {type !== undefined && stored(type, source) !== null && <p>{stored(type, source)}</p>}
      {pick !== undefined && type.verdict.kind === 'will-run' && (
        <div className={styles['buttons']}>
          <button type="button" className="button button-primary" onClick={() => chooseAndLoad(session, pick, after)}>
            {loadWords(type, source)}
          </button>
          <button type="button" className="button button-quiet" onClick={() => choose(session, pick, false)}>
            {modelsText.later}
          </button>
        </div>
      )}
      {report.recommended === null && <WayOut />}
    </div>
  );
}

interface TypeRowProps {
  readonly group: string;
  readonly type: DtypeReport;
  readonly best: boolean;
  readonly checked: boolean;
  readonly onPick: () => void;
}

function TypeRow({ group, type, best, checked, onPick }: TypeRowProps) {
  const id = useId();
  const text = modelsText.report;
  return (
    <label className={styles['type']}>
      <input type="radio" name={group} checked={checked} onChange={onPick} aria-labelledby={`${id}-name`} aria-describedby={`${id}-cost`} />
      <span id={`${id}-name`} className={styles['name']}>
        {text.type(type.dtype)} <span className={styles['code']}>{type.dtype}</span>
      </span>
      <VerdictBadge verdict={type.verdict} ofType />
      <span id={`${id}-cost`} className={styles['cost']}>
        {text.cost(type.footprint.download, type.footprint.gpu)}
        {best && `; ${text.recommended}`}
      </span>
    </label>
  );
}

function Fact({ label, value, mono = false }: { readonly label: string; readonly value: string; readonly mono?: boolean }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{mono ? <code>{value}</code> : value}</dd>
    </div>
  );
}

/** What suits the device; for the model that is chosen already the dtype in the settings, where that will run. */
function firstPick({ settings }: Session, report: ModelReport, source: ModelSource): Dtype | null {
  const { dtype, model } = settings.getState();
  if (source.kind === 'folder' || formatModelSource(source) !== model) return report.recommended;
  const wanted = report.dtypes.find((type) => type.dtype === dtype && type.verdict.kind === 'will-run');
  return wanted?.dtype ?? report.recommended;
}

function licenceWords(name: string | null, known: ReportViewProps['licence']): string {
  if (known !== undefined) return modelsText.costs.means(known.name, known.means);
  return name ?? modelsText.costs.unstated;
}

function stored({ stored: here, footprint: { download } }: DtypeReport, source: ModelSource): string | null {
  if (here === 0 || source.kind === 'folder') return null;
  return here >= download ? modelsText.report.here : modelsText.report.partly(here, download);
}

function loadWords({ stored: here, footprint: { download } }: DtypeReport, source: ModelSource): string {
  return source.kind === 'folder' || here >= download ? modelsText.load : modelsText.download(download - here);
}
