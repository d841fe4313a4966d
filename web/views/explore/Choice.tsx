// A choice with its name above it.
import { useId } from 'react';
import styles from './Explorer.module.css';

interface Props<T extends string | number> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly disabled?: boolean;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string | number>({ label, value, options, disabled = false, onChange }: Props<T>) {
  const id = useId();
  return (
    <label className={styles.choice} htmlFor={id}>
      <span>{label}</span>
      <select
        id={id}
        className="field"
        value={String(value)}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options.find((option) => String(option.value) === event.target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={String(option.value)}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
