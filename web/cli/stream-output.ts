// A run's events in a pipe, a device or a socket: each is written as soon as the other side takes it, and nothing is created or replaced.
import { constants, fstatSync, open, write } from 'node:fs';
import { connect, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cancelled } from '../../src/errors';
import { UsageError } from './command';
import { reasonOf, type Output } from './output';
import type { OutputTarget } from './output-target';

/** How long until the other side is asked again, in milliseconds. */
const AGAIN_MS = 50;

/** Resolves when the other side has taken all bytes; rejects with the operating system's error. */
type Write = (bytes: Buffer) => Promise<void>;

/** What is written to stays open until the process ends: several runs may share it. */
export class StreamOutput implements Output {
  readonly name: string;
  readonly partial = null;
  readonly isStdout: boolean;
  readonly #write: Write;
  #last: Promise<void> = Promise.resolve();

  private constructor(name: string, write: Write, isStdout: boolean) {
    this.name = name;
    this.isStdout = isStdout;
    this.#write = write;
  }

  /**
   * Opens a target that is no regular file. A named pipe needs a reader: until it has one, this waits, and says so once.
   *
   * @throws UsageError when it cannot be written, CANCELLED when `stop` is aborted while it waits.
   */
  static async open(
    name: string,
    target: Exclude<OutputTarget, { kind: 'file' }>,
    stop: AbortSignal,
    say: (line: string) => void,
  ): Promise<StreamOutput> {
    const isStdout = target.kind === 'descriptor' && target.descriptor === 1;
    try {
      return new StreamOutput(name, await writerOf(name, target, stop, say), isStdout);
    } catch (thrown) {
      if (stop.aborted) throw cancelled();
      throw new UsageError(`"${name}" cannot be written: ${reasonOf(thrown)}.`);
    }
  }

  append(line: string): void {
    // After a failure nothing more is written: the other side would get a run with a gap.
    this.#last = this.#last.then(() => this.#write(Buffer.from(line)));
    this.#last.catch(() => undefined);
  }

  finish(): Promise<void> {
    return this.#last;
  }

  finishNow(): void {}

  discard(): void {}
}

async function writerOf(
  name: string,
  target: Exclude<OutputTarget, { kind: 'file' }>,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<Write> {
  if (target.kind === 'socket') return socketWriter(await connected(target.path));
  if (target.kind !== 'descriptor') return descriptorWriter(await opened(name, target.path, stop, say));
  const { descriptor } = target;
  const status = fstatSync(descriptor);
  if (status.isSocket()) return socketWriter(new Socket({ fd: descriptor, readable: false, writable: true }));
  // A pipe is opened anew, so as never to be held up by a reader that does not read; a file is not, as it would be written from its start.
  const own = status.isFIFO() ? await opened(name, `/dev/fd/${descriptor}`, stop, say).catch(() => descriptor) : descriptor;
  return descriptorWriter(own);
}

/** Opens what is there to be written, waiting for nothing but the reader of a pipe. */
async function opened(name: string, path: string, stop: AbortSignal, say: (line: string) => void): Promise<number> {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  for (let said = false; ; said = true) {
    try {
      return await promisify(open)(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    } catch (thrown) {
      // What a pipe without a reader answers.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENXIO') throw thrown;
    }
    if (!said) say(`Waiting until something reads "${name}" …`);
    await wait(AGAIN_MS, undefined, { signal: stop });
  }
}

function descriptorWriter(descriptor: number): Write {
  return async (bytes) => {
    let at = 0;
    while (at < bytes.length) {
      try {
        at += (await promisify(write)(descriptor, bytes, at)).bytesWritten;
      } catch (thrown) {
        // The pipe is full: its reader is slow.
        if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') throw thrown;
        await wait(AGAIN_MS);
      }
    }
  };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', reject);
  });
}

function socketWriter(socket: Socket): Write {
  // Every write gets the error of its own.
  socket.on('error', () => undefined);
  socket.unref();
  return (bytes) =>
    new Promise((resolve, reject) => {
      socket.ref();
      socket.write(bytes, (error) => {
        socket.unref();
        if (error) reject(error);
        else resolve();
      });
    });
}
