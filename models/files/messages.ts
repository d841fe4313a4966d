// Every error message about a model file that cannot be had, in one place.
import { EngineFault, fault } from '../../src/errors';
import { formatBytes } from '../../src/text/format';

const GOES_ON = 'what has arrived is kept, and loading again goes on from there.';

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

const download = (message: string, action: string, detail: string): EngineFault =>
  fault('DOWNLOAD', message, action, { retry: true, detail });

/** The fault of a file that does not exist, for callers that can do without it. */
export class MissingFile extends EngineFault {}

export const notInFolder = (path: string, detail: string): EngineFault =>
  new MissingFile(download(`${nameOf(path)} is not in the model folder.`, 'Check the address of the model folder.', detail).value);

export const notChosen = (path: string, detail: string): EngineFault =>
  new MissingFile(
    fault(
      'BAD_MODEL',
      `The folder has no ${path}.`,
      'Choose the folder that holds config.json and the onnx folder, with every file of the model.',
      {
        detail,
      },
    ).value,
  );

export const webPage = (path: string, url: string): EngineFault =>
  new MissingFile(
    download(
      `A web page came instead of ${nameOf(path)}.`,
      'Check the address; a server that asks for a login answers like this too.',
      `${url}: a web page came instead of the file`,
    ).value,
  );

export const noRepository = (id: string, host: string, withToken: boolean, detail: string): EngineFault =>
  withToken
    ? download(
        `There is no model ${id} on ${host} that this access token may read.`,
        'Check owner and name, and that the token may read the model.',
        detail,
      )
    : download(
        `There is no public model ${id} on ${host}.`,
        'Check owner and name. If the model is private, give an access token that may read it.',
        detail,
      );

export const noRevision = (id: string, revision: string, detail: string): EngineFault =>
  download(
    `The model ${id} has no revision "${revision}".`,
    'Leave the revision out, or give a branch, tag or commit that exists.',
    detail,
  );

/** 401 and 403: a hub does not always say which of gated, private and a wrong token it was. */
export function accessDenied(id: string, withToken: boolean, detail: string): EngineFault {
  const message = withToken
    ? `The access token does not open ${id}: the model is gated or private.`
    : `The model ${id} is gated or private.`;
  const action = withToken
    ? "Accept the model's licence on its page of the hub with the account the token belongs to, and check that the token may read it."
    : "Accept the model's licence on its page of the hub, then give an access token of that account.";
  return download(message, action, detail);
}

/** A request without any response. The browser does not tell a page whether the server was away or forbids pages to read it. */
export function noResponse(path: string, url: string, error: unknown): EngineFault {
  const detail = `${url}: ${String(error)}`;
  if ((globalThis.navigator as { onLine?: boolean } | undefined)?.onLine === false) {
    return download(`${nameOf(path)} could not be downloaded: this device is offline.`, `Connect and load again; ${GOES_ON}`, detail);
  }
  const ours = 'location' in globalThis && new URL(url).origin === location.origin;
  if (ours) return download(`${nameOf(path)} could not be downloaded.`, 'Check the connection and try again.', detail);
  return download(
    `${nameOf(path)} could not be downloaded: ${new URL(url).host} did not answer, or it does not let web pages read its files (CORS).`,
    `Check the connection and the address; ${GOES_ON}`,
    detail,
  );
}

export const stalled = (path: string, seconds: number): EngineFault =>
  download(
    `The download of ${nameOf(path)} stopped: nothing came for ${seconds} s.`,
    `Check the connection; ${GOES_ON}`,
    `no byte for ${seconds} s`,
  );

export const interrupted = (path: string, detail: string): EngineFault =>
  download(`The download of ${nameOf(path)} broke off.`, `Check the connection; ${GOES_ON}`, detail);

export const serverBusy = (path: string, status: number, url: string): EngineFault =>
  download(
    `The server could not give ${nameOf(path)} now (${status === 429 ? 'too many requests' : `status ${status}`}).`,
    `Wait a few minutes; ${GOES_ON}`,
    `${url}: HTTP status ${status}`,
  );

export const refused = (path: string, status: number, url: string): EngineFault =>
  download(
    `The server did not give ${nameOf(path)} (status ${status}).`,
    'Check the address of the model folder.',
    `${url}: HTTP status ${status}`,
  );

export const damaged = (path: string, detail: string): EngineFault =>
  fault(
    'INTEGRITY',
    `${nameOf(path)} did not arrive as it was published.`,
    'Load again; if it happens again, the copy on the server is damaged.',
    { retry: true, detail },
  );

/** A file that goes on beyond what such a file may have. Nothing of it is kept. */
export const tooLarge = (path: string, most: number): EngineFault =>
  fault(
    'BAD_MODEL',
    `${nameOf(path)} is larger than ${formatBytes(most)}, the most that is read of such a file.`,
    'Choose another model: this file is not what its name says, or it is packed to fill the disk.',
  );

/** A file of a chosen folder that is not the one its manifest tells of. */
export const damagedOnDisk = (path: string, detail: string): EngineFault =>
  fault(
    'INTEGRITY',
    `${nameOf(path)} is not the file that manifest.json tells of.`,
    'Copy the folder again from where it came, then open it again.',
    {
      detail,
    },
  );

/** `missing` bytes must be freed first; null when that is not known. */
export const storageFull = (path: string, missing: number | null, detail: string): EngineFault =>
  fault(
    'STORAGE_FULL',
    `The browser has no room to store ${nameOf(path)}${missing === null ? '' : `: ${formatBytes(missing)} more are needed`}.`,
    `Delete stored models or free space on the disk; ${GOES_ON}`,
    { retry: true, detail },
  );

/** Storage that the browser offers and then refuses to use. */
export const storageFailed = (detail: string): EngineFault =>
  download(
    "This browser's storage for the page does not work.",
    'Reload the page; if it happens again, allow the site to store data, or use a window that is not private.',
    detail,
  );

export const unreadable = (path: string, detail: string): EngineFault =>
  download(
    `${nameOf(path)} could not be read from your disk.`,
    'Choose the folder again; files must not be moved or changed meanwhile.',
    detail,
  );
