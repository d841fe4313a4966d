// A number as a slider for the feel and a box for the value; a log scale where the range spans orders of magnitude.
import { useState } from 'react';
import type { NumberField, OptionalNumberField } from '../../../src/settings/field';
import { settingsText } from '../../strings/settings';
import { fromSlider, hasSlider, numberProblem, SLIDER_STEPS, toSlider } from '../../lib/number-scale';
import styles from './NumberControl.module.css';

interface NumberControlProps {
  readonly id: string;
  readonly describedBy: string;
  readonly field: NumberField | OptionalNumberField;
  /** Null: off. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

export function NumberControl({ id, describedBy, field, value, onChange }: NumberControlProps) {
  // What is being typed and is not (yet) a value the setting takes.
  const [draft, setDraft] = useState<string | null>(null);
  const problem = draft === null ? null : numberProblem(field, draft);
  const shown = draft ?? (value === null ? '' : String(value));
  const commit = (text: string): void => {
    if (numberProblem(field, text) !== null) {
      setDraft(text);
      return;
    }
    setDraft(null);
    onChange(text.trim() === '' ? null : Number(text));
  };
  return (
    <div className={styles['control']}>
      {hasSlider(field) && (
        <input
          type="range"
          className={styles['slider']}
          aria-label={field.label}
          aria-valuetext={value === null ? settingsText.off : String(value)}
          min={0}
          max={SLIDER_STEPS}
          step={1}
          value={toSlider(field, value ?? field.min)}
          onChange={(event) => {
            setDraft(null);
            onChange(fromSlider(field, Number(event.target.value)));
          }}
        />
      )}
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        className={`field ${styles['box']}`}
        aria-describedby={problem === null ? describedBy : `${id}-problem`}
        aria-invalid={problem !== null}
        placeholder={field.kind === 'optional-number' ? settingsText.off : undefined}
        value={shown}
        onChange={(event) => commit(event.target.value)}
        onBlur={() => setDraft(null)}
      />
      {problem !== null && (
        <p id={`${id}-problem`} className={`problem ${styles['problem']}`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
