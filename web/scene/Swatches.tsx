// Exclusive choices shown as small pictures with their names for everyone who does not see them.
import { useId, type ReactNode } from 'react';
import styles from './SceneEditor.module.css';

interface Props {
  readonly legend: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
  readonly children: (option: string) => ReactNode;
}

export function Swatches({ legend, value, options, onChange, children }: Props) {
  const name = useId();
  return (
    <fieldset className={styles.swatches}>
      <legend>
        {legend} <span>{value}</span>
      </legend>
      <div>
        {options.map((option) => (
          <label key={option} title={option} data-on={option === value}>
            <input
              type="radio"
              className="visually-hidden"
              name={name}
              checked={option === value}
              aria-label={option}
              onChange={() => onChange(option)}
            />
            {children(option)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
