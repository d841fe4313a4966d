// A run's events in a regular file: each is on the disk as soon as it happens, and the file takes its name when the run has ended.
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { UsageError } from './command';
import { reasonOf, type Output } from './output';
import { closedFolder, type OutputTarget } from './output-target';

/** Bytes written and taken back before anything is computed: a disk that has no room for them has none for a run. */
const PROBE_BYTES = 65_536;
/** Characters of the file's own name in that of the partial file: file systems count a name's bytes. */
const NAME_LENGTH = 40;

/**
 * Creates a file whose name nobody can foresee (`run.jsonl`: `run.4f0c….jsonl`), through no link.
 *
 * @param mark stands before the ending, such as '.partial'.
 * @param mode permission bits, less those of the process's mask.
 * @throws the operating system's error.
 */
export function createUnforeseen(
  folder: string,
  like: string,
  mark: string,
  mode: number,
): { readonly path: string; readonly descriptor: number } {
  const { name, ext } = parse(like);
  const shorten = (text: string): string => [...text].slice(0, NAME_LENGTH).join('');
  const path = join(folder, `${shorten(name)}.${randomBytes(6).toString('hex')}${mark}${shorten(ext)}`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  return { path, descriptor: fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode) };
}

/** Writes all of `text` at byte `at` and returns where it ends. @throws the operating system's error; a part may have been written. */
export function writeAt(descriptor: number, text: string | Uint8Array, at: number): number {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  let done = 0;
  while (done < bytes.length) done += fs.writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  return at + done;
}

export class FileOutput implements Output {
  readonly name: string;
  readonly partial: string;
  readonly isStdout = false;
  readonly #target: string;
  readonly #descriptor: number;
  #open = true;
  /** Lines that are not on the disk yet: none, unless it refuses them. */
  #waiting: string[] = [];
  #bytes = 0;

  /**
   * Opens the partial file beside the target, with the owner and permissions of the target where it is there.
   *
   * @throws UsageError when the folder or the file cannot be written, or the disk is full.
   */
  constructor(name: string, { path, old }: Extract<OutputTarget, { kind: 'file' }>) {
    this.name = name;
    this.#target = path;
    try {
      if (old !== null) fs.accessSync(path, fs.constants.W_OK);
    } catch {
      throw new UsageError(`"${name}" cannot be written: check its permissions.`);
    }
    const folder = dirname(path);
    try {
      const { path: partial, descriptor } = createUnforeseen(folder, parse(path).base, '.partial', old === null ? 0o666 : old.mode & 0o777);
      this.partial = partial;
      this.#descriptor = descriptor;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      throw code === 'EACCES' || code === 'EPERM' ? closedFolder(name, folder) : cannotWrite(name, thrown);
    }
    try {
      if (old !== null) takeOver(this.#descriptor, old);
      writeAt(this.#descriptor, new Uint8Array(PROBE_BYTES), 0);
      fs.fsyncSync(this.#descriptor);
      fs.ftruncateSync(this.#descriptor, 0);
    } catch (thrown) {
      this.discard();
      throw cannotWrite(name, thrown);
    }
  }

  append(line: string): void {
    this.#waiting.push(line);
    try {
      this.#write();
    } catch {
      // Perhaps there is room again for the next one, or at the end.
    }
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish();
      resolve();
    });
  }

  finishNow(): void {
    try {
      if (this.#open) this.#finish();
    } catch {
      // The partial file stays, with all that fitted.
    }
  }

  discard(): void {
    if (!this.#open) return;
    this.#close();
    fs.rmSync(this.partial, { force: true });
  }

  #finish(): void {
    this.#write();
    fs.fsyncSync(this.#descriptor);
    // What was a file when the run began may be something else by now.
    const now = fs.lstatSync(this.#target, { throwIfNoEntry: false });
    if (now !== undefined && !now.isFile()) throw new Error('it is no longer a file');
    fs.renameSync(this.partial, this.#target);
    this.#close();
  }

  /** Writes whole lines or nothing: what was cut off is taken back. */
  #write(): void {
    const text = this.#waiting.join('');
    try {
      this.#bytes = writeAt(this.#descriptor, text, this.#bytes);
    } catch (thrown) {
      fs.ftruncateSync(this.#descriptor, this.#bytes);
      throw thrown;
    }
    this.#waiting = [];
  }

  #close(): void {
    this.#open = false;
    fs.closeSync(this.#descriptor);
  }
}

const cannotWrite = (name: string, thrown: unknown): UsageError => new UsageError(`"${name}" cannot be written: ${reasonOf(thrown)}.`);

function takeOver(descriptor: number, { uid, gid, mode }: fs.Stats): void {
  try {
    fs.fchownSync(descriptor, uid, gid);
  } catch {
    // Only root may give files away; anybody else's becomes their own, as with an editor.
  }
  fs.fchmodSync(descriptor, mode & 0o7777);
}
