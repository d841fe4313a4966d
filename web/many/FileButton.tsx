// A button that opens the file dialog, and hands on what was chosen.
import { type ReactNode, useRef } from 'react';

interface Props {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly accept?: string;
  readonly disabled: boolean;
  readonly onFile: (file: File) => void;
}

export function FileButton({ label, icon, accept, disabled, onFile }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" disabled={disabled} onClick={() => input.current?.click()}>
        {icon}
        {label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        aria-label={label}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) onFile(file);
          event.target.value = '';
        }}
      />
    </>
  );
}
