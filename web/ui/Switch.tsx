// On or off: a checkbox drawn as a switch.
import styles from './Switch.module.css';

interface SwitchProps {
  readonly id: string;
  readonly describedBy?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Needs a label that points at `id`. */
export function Switch({ id, describedBy, checked, onChange }: SwitchProps) {
  return (
    <input
      id={id}
      type="checkbox"
      role="switch"
      className={styles['switch']}
      aria-describedby={describedBy}
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
