// Parts of the page that are fetched when they are first needed.
import { fault } from '../../src/errors';

/** The part, once it is here. Rejects with an EngineFault DOWNLOAD that names the part by what it does: "reads recordings". */
export async function openedPart<T>(part: Promise<T>, what: string): Promise<T> {
  return part.catch((thrown: unknown) => {
    throw fault('DOWNLOAD', `The part of the page that ${what} could not be opened.`, 'Check the connection and try again.', {
      retry: true,
      detail: String(thrown),
    });
  });
}
