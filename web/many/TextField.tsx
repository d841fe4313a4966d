// A line of text with its name.
import { useId, type InputHTMLAttributes } from 'react';
import styles from './Many.module.css';

interface Props extends Pick<InputHTMLAttributes<HTMLInputElement>, 'type' | 'dir'> {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function TextField({ label, value, onChange, ...input }: Props) {
  const id = useId();
  return (
    <label className={styles['field']} htmlFor={id}>
      {label}
      <input id={id} className="field" autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} {...input} />
    </label>
  );
}
