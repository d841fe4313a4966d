// Downloads one file into the store, from where an earlier attempt ended, and verifies it.
import { throwIfAborted, type EngineFault } from '../../src/errors';
import { newChecksum, type Checksum } from './checksum';
import { newJournal, isSameFile, trustedBytes, type Journal } from './journal';
import type { FileFacts } from './model-folder';
import { TransientError, type Retrier } from './retry';
import { byteCount, isWebPage, send, StallTimeout, type HttpRequest } from './request';
import { isQuotaError } from './quota';
import type { StoredFile } from './store';
import type { Tuning } from './tuning';
import { interrupted, damaged, tooLarge, webPage } from './messages';

export interface Download {
  readonly request: HttpRequest;
  /** What the file must be. */
  readonly facts: FileFacts;
  readonly file: StoredFile;
  /** The journal of an earlier attempt; null when there was none. */
  readonly journal: Journal | null;
  readonly saveJournal: (journal: Journal) => Promise<void>;
  /** What a status other than 200, 206 and 416 means. */
  readonly refusal: (response: Response) => EngineFault | Promise<EngineFault>;
  /** Bytes the file may have; with more nothing of it is kept. */
  readonly most: number;
  readonly tuning: Tuning;
  readonly retrier: Retrier;
  readonly signal: AbortSignal;
  readonly onBytes?: ((bytes: number, received: number) => void) | undefined;
}

/**
 * Downloads the rest of `file`, verifies all of it and marks it complete in its journal. The file is closed in any case. Throws DOWNLOAD,
 * CANCELLED or the platform's QuotaExceededError, all keeping what is stored, or INTEGRITY or BAD_MODEL
 * (more than `most` bytes): then what is stored must be removed.
 */
export async function download(options: Download): Promise<void> {
  const transfer = new Transfer(options);
  try {
    await transfer.prepare();
    await options.retrier.run(() => transfer.resume());
    await transfer.verify();
  } finally {
    await transfer.close();
  }
}

class Transfer {
  readonly #options: Download;
  #journal: Journal;
  #checksum: Checksum | null = null;
  #received = 0;
  /** Bytes not yet made durable. */
  #unflushed = 0;
  /** How far the file has ever come, in steps of a chunk. */
  #furthest = 0;
  #ranges = true;
  #startedOver = 0;

  constructor(options: Download) {
    this.#options = options;
    const { journal, facts } = options;
    this.#journal = journal && isSameFile(journal, facts) ? { ...journal, complete: false } : newJournal(facts);
    if (this.#journal.sha256 === null) this.#journal = { ...this.#journal, sha256: facts.sha256 };
  }

  /** Cuts off what cannot be trusted and reads the rest for the checksum. */
  async prepare(): Promise<void> {
    const { file, journal, facts, tuning, signal } = this.#options;
    const usable = journal !== null && isSameFile(journal, facts) ? trustedBytes(this.#journal, file.bytes, tuning.chunkBytes) : 0;
    await file.truncate(facts.bytes !== null && usable > facts.bytes ? 0 : usable);
    this.#furthest = file.bytes;
    this.#report();
    if (facts.sha256 !== null) {
      this.#checksum = await newChecksum();
      for await (const piece of file.read()) {
        throwIfAborted(signal);
        this.#checksum.update(piece);
      }
    }
  }

  /** One request for what is missing. Returns when the file has all its bytes; a TransientError means: try again. */
  async resume(): Promise<void> {
    const { request, file, facts, tuning, signal } = this.#options;
    if (facts.bytes !== null && file.bytes === facts.bytes) return;
    const rest = { ...request, from: this.#ranges ? file.bytes : 0 };
    const timeout = new StallTimeout(tuning.stallMs, signal);
    try {
      const response = await send(rest, timeout);
      if (response.status === 416) return await this.#outOfRange(response);
      if (!response.ok || isWebPage(response)) {
        await response.body?.cancel();
        throw response.ok ? webPage(request.path, request.url) : await this.#options.refusal(response);
      }
      await this.#compare(response, rest.from);
      if (response.body) await this.#store(response.body, timeout);
    } catch (error) {
      throw timeout.classify(error, request);
    } finally {
      timeout.clear();
    }
    if (facts.bytes !== null && file.bytes < facts.bytes) {
      throw new TransientError(interrupted(request.path, `${file.bytes} of ${facts.bytes} bytes came`));
    }
  }

  /** Throws INTEGRITY and removes the bytes when they are not those that were published. */
  async verify(): Promise<void> {
    const { request, file, facts } = this.#options;
    const hex = this.#checksum?.hex() ?? null;
    if (hex !== facts.sha256) {
      await this.#startOver();
      throw damaged(request.path, `SHA-256 ${hex}, expected ${facts.sha256}`);
    }
    await file.flush();
    await this.#updateJournal({ bytes: file.bytes, safe: file.bytes, complete: true });
  }

  /** Closes the file; its journal says that what is stored is good, for it was written in order. */
  async close(): Promise<void> {
    const { file } = this.#options;
    try {
      await file.flush();
      if (!this.#journal.complete) await this.#updateJournal({ safe: file.bytes });
    } catch (error) {
      // A full disk may refuse even this; the last journal still tells where to resume.
      if (!isQuotaError(error)) throw error;
    } finally {
      await file.close();
    }
  }

  /** Compares a response with what is stored, and starts over where they are not parts of one file. */
  async #compare(response: Response, from: number): Promise<void> {
    const { file, facts } = this.#options;
    const validator = response.headers.get('etag') ?? response.headers.get('last-modified');
    const length = byteCount(response.headers.get('content-length'));
    if (response.status === 206) {
      const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
      const total = length === null ? null : from + length;
      const changed =
        (start !== undefined && Number(start) !== file.bytes) ||
        (this.#journal.bytes !== null && total !== null && total !== this.#journal.bytes) ||
        // With a checksum the bytes themselves will tell, and a hub's storage has other ETags at every place.
        (facts.sha256 === null && this.#journal.validator !== null && validator !== null && validator !== this.#journal.validator);
      if (!changed) return;
      await response.body?.cancel();
      await this.#restart('the file on the server has changed');
    }
    // The whole file: the server does not know ranges, or was not asked for one.
    await this.#startOver();
    // A length may count compressed bytes: good for comparing responses with each other, not for what the file must have.
    await this.#updateJournal({ validator, bytes: facts.bytes ?? length });
  }

  /** Appends the body to the file as it comes. */
  async #store(body: ReadableStream<Uint8Array<ArrayBuffer>>, timeout: StallTimeout): Promise<void> {
    const { request, file, facts, most, tuning, retrier } = this.#options;
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        timeout.restart();
        if (facts.bytes !== null && file.bytes + value.length > facts.bytes) {
          await this.#startOver();
          throw damaged(request.path, `more than ${facts.bytes} bytes came`);
        }
        if (file.bytes + value.length > most) {
          await this.#startOver();
          throw tooLarge(request.path, most);
        }
        await file.append(value);
        this.#checksum?.update(value);
        this.#received += value.length;
        this.#unflushed += value.length;
        if (this.#unflushed >= tuning.chunkBytes) await this.#flush();
        // Bytes that came before, from a server that starts over every time, are no progress.
        if (file.bytes >= this.#furthest + tuning.chunkBytes) {
          this.#furthest = file.bytes;
          retrier.reset();
        }
        this.#report();
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  /** 416: the server has no byte after those we have. Right for a file of unknown size that was cut off after its last byte. */
  async #outOfRange(response: Response): Promise<void> {
    const { file, facts, request } = this.#options;
    await response.body?.cancel();
    const total = byteCount(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? null) ?? this.#journal.bytes;
    if (facts.bytes === null && total === file.bytes) return;
    if (facts.bytes !== null && this.#startedOver > 0) {
      throw damaged(request.path, `the server has less than ${facts.bytes} bytes`);
    }
    await this.#restart('the server has less of the file than is stored');
  }

  /** Starts over with a new request. */
  async #restart(why: string): Promise<never> {
    this.#startedOver += 1;
    if (this.#startedOver > 1) this.#ranges = false;
    await this.#startOver();
    throw new TransientError(interrupted(this.#options.request.path, why));
  }

  async #startOver(): Promise<void> {
    const { file, facts } = this.#options;
    if (file.bytes > 0) {
      await file.truncate(0);
      if (facts.sha256 !== null) this.#checksum = await newChecksum();
    }
    this.#journal = newJournal(facts);
    this.#report();
  }

  async #flush(): Promise<void> {
    await this.#options.file.flush();
    this.#unflushed = 0;
  }

  async #updateJournal(change: Partial<Journal>): Promise<void> {
    this.#journal = { ...this.#journal, ...change };
    await this.#options.saveJournal(this.#journal);
  }

  #report(): void {
    this.#options.onBytes?.(this.#options.file.bytes, this.#received);
  }
}
