// A problem as a person needs it: what happened, what to do, a way to try again, and the detail for a report.
import { type ReactNode, useId } from 'react';
import type { EngineError } from '../../../src/errors';
import { en } from '../../strings/en';
import styles from './ErrorCard.module.css';

interface ErrorCardProps {
  readonly error: EngineError;
  readonly onRetry?: (() => void) | null;
  readonly onDismiss?: () => void;
  /** More buttons. */
  readonly children?: ReactNode;
}

export function ErrorCard({ error, onRetry = null, onDismiss, children }: ErrorCardProps) {
  const heading = useId();
  return (
    <div className={styles['card']} role="alert" aria-labelledby={heading}>
      <div className={styles['words']}>
        <p id={heading} className={styles['message']}>
          {error.message}
        </p>
        <p>{error.action}</p>
        {error.detail !== undefined && (
          <details className={styles['detail']}>
            <summary>
              {en.errors.detail} ({error.code})
            </summary>
            <pre>{error.detail}</pre>
          </details>
        )}
      </div>
      <div className={styles['buttons']}>
        {children}
        {onRetry !== null && (
          <button type="button" className="button" onClick={onRetry}>
            {en.errors.retry}
          </button>
        )}
        {onDismiss !== undefined && (
          <button type="button" className="button button-quiet" onClick={onDismiss}>
            {en.errors.dismiss}
          </button>
        )}
      </div>
    </div>
  );
}
