// Looking at one model: asking for its small files, what they say, and what stood in the way.
import { type FormEvent, useId } from 'react';
import { hostOfSource, nameOfSource, type ModelSource } from '../../src/engine/model-source';
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { ErrorCard } from '../views/shell/ErrorCard';
import { HubLink } from './HubLink';
import { useInspection } from './inspection';
import styles from './ModelDialog.module.css';
import type { OptionProps } from './OptionCard';
import { ReportView } from './ReportView';
import { wantsToken } from './wants-token';
import { enterToken, look, tokenFor, useWays } from './ways';

interface LookViewProps extends Pick<OptionProps, 'after'> {
  /** Null while it is not known what to look at. */
  readonly source: ModelSource | null;
  /** What the catalogue knows of the licence. */
  readonly licence?: { readonly name: string; readonly means: string } | undefined;
  /** Whether there is a button that looks; an option may have its own. */
  readonly hasButton?: boolean;
}

export function LookView({ source, licence, hasButton = true, after }: LookViewProps) {
  const session = useSession();
  const found = useInspection((state) => state.look);
  const token = useWays((state) => tokenFor(found.state === 'none' ? source : found.source, state));
  const gated = found.state === 'failed' && wantsToken(found.error);
  const isLooking = found.state === 'looking';
  const again = (): void => {
    if (source !== null && !isLooking) look(session, source);
  };
  if (found.state === 'seen') {
    return <ReportView report={found.report} source={found.source} licence={licence} token={token} after={after} />;
  }
  return (
    <div className={styles['look']}>
      {found.state === 'failed' && <ErrorCard error={found.error} onRetry={gated || !found.error.retry ? null : again} />}
      {gated && found.source.kind === 'hub' && <HubLink source={found.source} />}
      {gated || (isLooking && token !== null) ? (
        <TokenForm source={found.source} isLooking={isLooking} onSubmit={again} />
      ) : (
        hasButton &&
        found.state !== 'failed' && (
          <div className={styles['buttons']}>
            <button type="button" className="button button-primary" aria-disabled={isLooking} disabled={source === null} onClick={again}>
              {modelsText.check}
            </button>
            {!isLooking && <span className="note">{modelsText.checkHint(source === null ? null : hostOfSource(source))}</span>}
          </div>
        )
      )}
      <p className="note" role="status">
        {isLooking && `${nameOfSource(found.source)}: ${modelsText.checking}`}
      </p>
    </div>
  );
}

interface TokenFormProps {
  readonly source: ModelSource;
  readonly isLooking: boolean;
  readonly onSubmit: () => void;
}

function TokenForm({ source, isLooking, onSubmit }: TokenFormProps) {
  const session = useSession();
  const token = useWays((state) => tokenFor(source, state)) ?? '';
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={styles['form']} onSubmit={submit}>
      <label htmlFor={id}>{modelsText.token.label}</label>
      <div className={styles['line']}>
        <input
          id={id}
          className="field"
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-where`}
          value={token}
          onChange={(event) => enterToken(session, source, event.target.value.trim())}
        />
        <button type="submit" className="button button-primary" aria-disabled={isLooking} disabled={token === ''}>
          {modelsText.token.again}
        </button>
      </div>
      <p id={`${id}-where`} className="note">
        {modelsText.token.where}
      </p>
    </form>
  );
}
