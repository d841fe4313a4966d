// What every setting has around its control: label, symbol, help on demand, the mark of a change and its reset.
import { RotateCcw } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { settingsText } from '../../strings/settings';
import { useToggletip } from '../../ui/Toggletip';
import styles from './SettingFrame.module.css';

interface SettingFrameProps {
  readonly label: string;
  readonly symbol?: string;
  readonly unit?: string;
  readonly help: string;
  readonly source?: string;
  readonly changed: boolean;
  readonly onReset: () => void;
  /** Draws the control, given its id and the id of what describes it. */
  readonly children: (id: string, describedBy: string) => ReactNode;
}

export function SettingFrame({ label, symbol, unit, help, source, changed, onReset, children }: SettingFrameProps) {
  const control = useId();
  const tip = useToggletip({ label: settingsText.help(label) });
  return (
    <div className={styles['row']} data-changed={changed}>
      <div className={styles['head']}>
        <label htmlFor={control}>
          {label}
          {symbol !== undefined && <Symbol text={symbol} />}
          {changed && <span className="visually-hidden"> ({settingsText.nonDefault})</span>}
        </label>
        {tip.button}
        {changed && (
          <button
            type="button"
            className={`button-dot ${styles['reset']}`}
            aria-label={settingsText.reset(label)}
            title={settingsText.reset(label)}
            onClick={onReset}
          >
            <RotateCcw size={14} aria-hidden="true" />
          </button>
        )}
        {unit !== undefined && <span className={styles['unit']}>{unit}</span>}
      </div>
      {children(control, tip.id)}
      <div id={tip.id} className={styles['help']} hidden={!tip.open}>
        <p>{help}</p>
        {source !== undefined && <p className={styles['source']}>{source}</p>}
      </div>
    </div>
  );
}

/** A paper's symbol: "T_max" is a T with a small max. */
function Symbol({ text }: { readonly text: string }) {
  const [base, below] = text.split('_');
  return (
    <var className={styles['symbol']}>
      {base}
      {below !== undefined && <sub>{below}</sub>}
    </var>
  );
}
