// Brings one file into the store, from wherever an earlier try ended, and checks it.
import { throwIfAborted, type EngineFault } from '../../src/errors';
import { newChecksum, type Checksum } from './checksum';
import { newJournal, isSameFile, trusted, type Journal } from './journal';
import type { FileFacts } from './model-folder';
import { Interruption, type Patience } from './patience';
import { ask, isWebPage, Watch, type Question } from './request';
import { isQuota } from './room';
import type { StoredFile } from './store';
import type { Tuning } from './tuning';
import { brokenOff, damaged, webPage } from './words';

export interface Download {
  readonly question: Question;
  /** What the file must be. */
  readonly facts: FileFacts;
  readonly file: StoredFile;
  /** What an earlier try noted; null when there was none. */
  readonly journal: Journal | null;
  readonly note: (journal: Journal) => Promise<void>;
  /** What a status other than 200, 206 and 416 means. */
  readonly refusal: (response: Response) => EngineFault | Promise<EngineFault>;
  readonly tuning: Tuning;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly onBytes?: ((bytes: number, received: number) => void) | undefined;
}

/**
 * Downloads the rest of `file`, checks all of it and notes that it is complete. The file is closed in any case. Throws DOWNLOAD,
 * CANCELLED or the platform's QuotaExceededError, all keeping what is stored, or INTEGRITY: then it is worth nothing.
 */
export async function download(options: Download): Promise<void> {
  const transfer = new Transfer(options);
  try {
    await transfer.begin();
    await options.patience.insist(() => transfer.goOn());
    await transfer.check();
  } finally {
    await transfer.end();
  }
}

class Transfer {
  readonly #with: Download;
  #journal: Journal;
  #checksum: Checksum | null = null;
  #received = 0;
  /** Bytes not yet made durable. */
  #loose = 0;
  /** How far the file has ever come, in steps of a chunk. */
  #mark = 0;
  #ranges = true;
  #startedOver = 0;

  constructor(options: Download) {
    this.#with = options;
    const { journal, facts } = options;
    this.#journal = journal && isSameFile(journal, facts) ? { ...journal, complete: false } : newJournal(facts);
    if (this.#journal.sha256 === null) this.#journal = { ...this.#journal, sha256: facts.sha256 };
  }

  /** Cuts off what cannot be trusted and reads the rest for the checksum. */
  async begin(): Promise<void> {
    const { file, journal, facts, tuning, signal } = this.#with;
    const usable = journal !== null && isSameFile(journal, facts) ? trusted(this.#journal, file.bytes, tuning.chunkBytes) : 0;
    await file.truncate(facts.bytes !== null && usable > facts.bytes ? 0 : usable);
    this.#mark = file.bytes;
    this.#tell();
    if (facts.sha256 !== null) {
      this.#checksum = await newChecksum();
      for await (const piece of file.read()) {
        throwIfAborted(signal);
        this.#checksum.update(piece);
      }
    }
  }

  /** One request for what is missing. Returns when the file has all its bytes; an Interruption means: once more. */
  async goOn(): Promise<void> {
    const { question, file, facts, tuning, signal } = this.#with;
    if (facts.bytes !== null && file.bytes === facts.bytes) return;
    const asked = { ...question, from: this.#ranges ? file.bytes : 0 };
    const watch = new Watch(tuning.stallMs, signal);
    try {
      const response = await ask(asked, watch);
      if (response.status === 416) return await this.#outOfRange(response);
      if (!response.ok || isWebPage(response)) {
        await response.body?.cancel();
        throw response.ok ? webPage(question.path, question.url) : await this.#with.refusal(response);
      }
      await this.#fit(response, asked.from);
      if (response.body) await this.#store(response.body, watch);
    } catch (error) {
      throw watch.explain(error, question);
    } finally {
      watch.stop();
    }
    if (facts.bytes !== null && file.bytes < facts.bytes) {
      throw new Interruption(brokenOff(question.path, `${file.bytes} of ${facts.bytes} bytes came`));
    }
  }

  /** Throws INTEGRITY and removes the bytes when they are not those that were published. */
  async check(): Promise<void> {
    const { question, file, facts } = this.#with;
    const hex = this.#checksum?.hex() ?? null;
    if (hex !== facts.sha256) {
      await this.#startOver();
      throw damaged(question.path, `SHA-256 ${hex}, expected ${facts.sha256}`);
    }
    await file.flush();
    await this.#note({ bytes: file.bytes, safe: file.bytes, complete: true });
  }

  /** Closes the file; what is there is noted as good, for it was written in order. */
  async end(): Promise<void> {
    const { file } = this.#with;
    try {
      await file.flush();
      if (!this.#journal.complete) await this.#note({ safe: file.bytes });
    } catch (error) {
      // A full disk may refuse even this; the note of the last time still tells where to go on.
      if (!isQuota(error)) throw error;
    } finally {
      await file.close();
    }
  }

  /** Compares an answer with what is stored, and starts over where they are not parts of one file. */
  async #fit(response: Response, from: number): Promise<void> {
    const { file, facts } = this.#with;
    const validator = response.headers.get('etag') ?? response.headers.get('last-modified');
    const length = numberOf(response.headers.get('content-length'));
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
      await this.#again('the file on the server has changed');
    }
    // The whole file: the server does not know ranges, or was not asked for one.
    await this.#startOver();
    // A length may count compressed bytes: good for comparing answers with each other, not for what the file must have.
    await this.#note({ validator, bytes: facts.bytes ?? length });
  }

  async #store(body: ReadableStream<Uint8Array<ArrayBuffer>>, watch: Watch): Promise<void> {
    const { question, file, facts, tuning, patience } = this.#with;
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        watch.beat();
        if (facts.bytes !== null && file.bytes + value.length > facts.bytes) {
          await this.#startOver();
          throw damaged(question.path, `more than ${facts.bytes} bytes came`);
        }
        await file.append(value);
        this.#checksum?.update(value);
        this.#received += value.length;
        this.#loose += value.length;
        if (this.#loose >= tuning.chunkBytes) await this.#flush();
        // Bytes that came before, from a server that starts over every time, are no progress.
        if (file.bytes >= this.#mark + tuning.chunkBytes) {
          this.#mark = file.bytes;
          patience.reward();
        }
        this.#tell();
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  /** 416: the server has no byte after those we have. Right for a file of unknown size that was cut off after its last byte. */
  async #outOfRange(response: Response): Promise<void> {
    const { file, facts, question } = this.#with;
    await response.body?.cancel();
    const total = numberOf(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? null) ?? this.#journal.bytes;
    if (facts.bytes === null && total === file.bytes) return;
    if (facts.bytes !== null && this.#startedOver > 0) {
      throw damaged(question.path, `the server has less than ${facts.bytes} bytes`);
    }
    await this.#again('the server has less of the file than is stored');
  }

  /** Starts over with a new request. */
  async #again(why: string): Promise<never> {
    this.#startedOver += 1;
    if (this.#startedOver > 1) this.#ranges = false;
    await this.#startOver();
    throw new Interruption(brokenOff(this.#with.question.path, why));
  }

  async #startOver(): Promise<void> {
    const { file, facts } = this.#with;
    if (file.bytes > 0) {
      await file.truncate(0);
      if (facts.sha256 !== null) this.#checksum = await newChecksum();
    }
    this.#journal = newJournal(facts);
    this.#tell();
  }

  async #flush(): Promise<void> {
    await this.#with.file.flush();
    this.#loose = 0;
  }

  async #note(change: Partial<Journal>): Promise<void> {
    this.#journal = { ...this.#journal, ...change };
    await this.#with.note(this.#journal);
  }

  #tell(): void {
    this.#with.onBytes?.(this.#with.file.bytes, this.#received);
  }
}

function numberOf(text: string | null): number | null {
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}
