// Text of any length, of which a part is drawn until more is asked for.
import { useState } from 'react';
import { en } from '../strings/en';

/** Characters (UTF-16 units) drawn at first, and more with each press. */
const STEP = 2000;

export function LongText({ text }: { readonly text: string }) {
  const [length, setLength] = useState(STEP);
  if (text.length <= length) return text;
  return (
    <>
      {text.slice(0, length)}…{' '}
      <button type="button" className="button button-quiet" onClick={() => setLength(length + STEP)}>
        {en.more(length, text.length)}
      </button>
    </>
  );
}
