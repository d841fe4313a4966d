// What is said when a model's file cannot be had, in one place.
import { fault, type EngineFault } from '../../src/engine/errors';

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

export function notInFolder(path: string, detail: string): EngineFault {
  return fault('DOWNLOAD', `${nameOf(path)} is not in the model folder.`, 'Check the address of the model folder.', {
    retry: true,
    detail,
  });
}

export function damaged(path: string, detail: string): EngineFault {
  return fault(
    'INTEGRITY',
    `${nameOf(path)} did not arrive as it was published.`,
    'Load again; if it happens again, the copy on the server is damaged.',
    { retry: true, detail },
  );
}
