// Help on demand: a small "?" that opens one sentence below, for mouse, touch, keyboard and screen reader alike.
import { CircleQuestionMark } from 'lucide-react';
import { useId, useState } from 'react';
import styles from './Toggletip.module.css';

interface ToggletipProps {
  /** What the button is called: "What is sigma?". */
  readonly label: string;
}

/** State of one toggletip: the props of its button and of the text it opens. */
export function useToggletip({ label }: ToggletipProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return {
    open,
    id,
    button: (
      <button
        type="button"
        className={`button-dot ${styles['button']}`}
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <CircleQuestionMark size={15} aria-hidden="true" />
      </button>
    ),
  };
}
