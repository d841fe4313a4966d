// A setting that is one of a few named values.
import { SettingFrame } from './SettingFrame';
import styles from './ChoiceRow.module.css';

interface ChoiceRowProps<T extends string> {
  readonly label: string;
  readonly symbol?: string;
  readonly help: string;
  readonly source?: string;
  readonly value: T;
  /** The default. */
  readonly standard: T;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

export function ChoiceRow<T extends string>({ value, standard, choices, onChange, ...words }: ChoiceRowProps<T>) {
  return (
    <SettingFrame {...words} changed={value !== standard} onReset={() => onChange(standard)}>
      {(id, describedBy) => (
        <select
          id={id}
          className={`field ${styles['select']}`}
          aria-describedby={describedBy}
          value={value}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </SettingFrame>
  );
}
