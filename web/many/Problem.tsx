// What ended something before its time, beside what it ended.
import type { EngineError } from '../../src/errors';

export function ProblemText({ error }: { readonly error: EngineError | null }) {
  if (error === null) return null;
  const { message, action, detail } = error;
  return (
    <p className="problem" role="alert">
      {message} {action}
      {detail !== undefined && ` (${detail.slice(0, 200)})`}
    </p>
  );
}
