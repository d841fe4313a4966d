// The parts of downloads that need no network: responses of hubs, what is trusted after a crash, how long servers ask to wait, names on the disk.
import { describe, expect, it, vi } from 'vitest';
import { nextPage, parseHubModel, parseHubTree } from '../../../../models/files/hub-responses';
import { isSameFile, newJournal, parseJournal, trustedBytes } from '../../../../models/files/journal';
import { TransientError, Retrier } from '../../../../models/files/retry';
import { storedName } from '../../../../models/files/records';
import { retryAfter } from '../../../../models/files/request';
import { TUNING } from '../../../../models/files/tuning';
import { interrupted } from '../../../../models/files/messages';

const sha = 'a'.repeat(40);
const sha256 = 'b'.repeat(64);

describe('the responses of a hub', () => {
  it('give the licence by its own name where it has one', () => {
    expect(parseHubModel({ sha, cardData: { license: 'apache-2.0' }, tags: ['license:mit'] })).toEqual({
      commit: sha,
      licence: 'apache-2.0',
    });
    expect(parseHubModel({ sha, cardData: { license: 'other', license_name: 'qwen-research' } })?.licence).toBe('qwen-research');
    expect(parseHubModel({ sha, cardData: null, tags: ['onnx', 'license:mit'] })?.licence).toBe('mit');
    expect(parseHubModel({ sha })?.licence).toBeNull();
    expect(parseHubModel({ sha, cardData: { license: ['mit', 'x'] } })?.licence).toBeNull();
  });

  it('are not taken for what they are not', () => {
    for (const answer of [null, 'page', {}, { sha: 'main' }, { error: 'Repository not found' }]) expect(parseHubModel(answer)).toBeNull();
    for (const answer of [null, {}, { error: 'x' }, [{ path: 1 }]]) expect(parseHubTree(answer)).toBeNull();
  });

  it('list files, with the checksum of what is kept apart and the size of the file, not of its pointer', () => {
    const tree = [
      { type: 'directory', path: 'onnx', size: 0 },
      { type: 'file', path: 'config.json', size: 12, oid: sha },
      { type: 'file', path: 'onnx/a.onnx', size: 134, lfs: { oid: sha256, size: 5_000_000_000, pointerSize: 134 } },
      { type: 'file', path: 'onnx/b.onnx', size: 7, lfs: { oid: 'no checksum' } },
    ];
    expect(parseHubTree(tree)).toEqual([
      ['config.json', { bytes: 12, sha256: null }],
      ['onnx/a.onnx', { bytes: 5_000_000_000, sha256 }],
      ['onnx/b.onnx', { bytes: 7, sha256: null }],
    ]);
  });

  it('name the next page in a Link header', () => {
    expect(nextPage('<https://hub/api?cursor=a%2Cb>; rel="next"')).toBe('https://hub/api?cursor=a%2Cb');
    expect(nextPage('<https://hub/1>; rel="prev", <https://hub/3>; rel=next')).toBe('https://hub/3');
    expect(nextPage('<https://hub/1>; rel="prev"')).toBeNull();
    expect(nextPage(null)).toBeNull();
  });
});

describe('the journal of a file', () => {
  it('is trusted to the byte after an orderly end, to the chunk after a crash, not at all when it cannot be', () => {
    const journal = newJournal({ bytes: 1000, sha256: null });
    expect(trustedBytes({ ...journal, safe: 777 }, 777, 100)).toBe(777);
    expect(trustedBytes({ ...journal, safe: 777 }, 790, 100)).toBe(777);
    expect(trustedBytes({ ...journal, safe: 777 }, 950, 100)).toBe(900);
    expect(trustedBytes(journal, 950, 100)).toBe(900);
    expect(trustedBytes(journal, 99, 100)).toBe(0);
    expect(trustedBytes({ ...journal, safe: 777 }, 600, 100)).toBe(0);
  });

  it('tells two files apart by what both know', () => {
    const journal = newJournal({ bytes: 10, sha256 });
    expect(isSameFile(journal, { bytes: null, sha256: null })).toBe(true);
    expect(isSameFile(journal, { bytes: 10, sha256 })).toBe(true);
    expect(isSameFile(journal, { bytes: 11, sha256: null })).toBe(false);
    expect(isSameFile(journal, { bytes: null, sha256: 'c'.repeat(64) })).toBe(false);
    expect(isSameFile(newJournal({ bytes: null, sha256: null }), { bytes: 11, sha256 })).toBe(true);
  });

  it('is nothing when it cannot be read', () => {
    const journal = newJournal({ bytes: 1, sha256: null });
    expect(parseJournal(JSON.parse(JSON.stringify(journal)))).toEqual(journal);
    for (const value of [null, {}, { ...journal, bytes: -1 }, { ...journal, complete: 'yes' }]) expect(parseJournal(value)).toBeNull();
  });
});

describe('retries', () => {
  const quick = { ...TUNING, attempts: 3, firstDelayMs: 1, maxDelayMs: 50 };
  const gone = (ms: number | null = null) => new TransientError(interrupted('a.onnx', 'gone'), ms);
  const failing = (failures: number, error = gone()) => {
    let calls = 0;
    return vi.fn(async () => {
      calls += 1;
      if (calls <= failures) throw error;
      return calls;
    });
  };

  it('ends after so many failures in a row, and begins anew after progress', async () => {
    const { signal } = new AbortController();
    await expect(new Retrier(quick, signal).run(failing(2))).resolves.toBe(3);
    await expect(new Retrier(quick, signal).run(failing(3))).rejects.toMatchObject({ value: { code: 'DOWNLOAD', retry: true } });
    const retrier = new Retrier(quick, signal);
    const work = failing(6);
    const progressing = async (): Promise<number> => {
      retrier.reset();
      return work();
    };
    await expect(retrier.run(progressing)).resolves.toBe(7);
  });

  it('does not outlast a long wait, another error, or the person', async () => {
    const abort = new AbortController();
    const long = failing(1, gone(51));
    await expect(new Retrier(quick, abort.signal).run(long)).rejects.toMatchObject({ value: { code: 'DOWNLOAD' } });
    expect(long).toHaveBeenCalledTimes(1);
    await expect(new Retrier(quick, abort.signal).run(() => Promise.reject(new RangeError('other')))).rejects.toThrow('other');
    const waiting = new Retrier({ ...quick, firstDelayMs: 60_000 }, abort.signal).run(failing(1));
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ value: { code: 'CANCELLED' } });
  });

  it('tells a person of a wait they would notice', async () => {
    vi.useFakeTimers();
    try {
      const notices: string[] = [];
      const retrier = new Retrier(TUNING, new AbortController().signal, (notice) => notices.push(notice));
      const done = retrier.run(failing(1, gone(20_000)));
      await vi.advanceTimersByTimeAsync(19_999);
      expect(notices).toEqual([expect.stringMatching(/a\.onnx broke off.*again in 20/)]);
      await vi.advanceTimersByTimeAsync(1);
      await expect(done).resolves.toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('reads what a server asks for as seconds or as a date', () => {
    const now = Date.parse('2026-11-20T12:00:00Z');
    expect(retryAfter('7', now)).toBe(7000);
    expect(retryAfter('Fri, 20 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(retryAfter('Fri, 20 Nov 2026 11:00:00 GMT', now)).toBe(0);
    for (const nothing of [null, '', 'soon']) expect(retryAfter(nothing, now)).toBeNull();
  });
});

describe('a name on the disk', () => {
  it('is readable, has no separator, is never too long, and is another for another text', async () => {
    expect(await storedName('onnx/a.onnx')).toBe('onnx%2Fa.onnx');
    const long = [`${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`, 'é'.repeat(100)];
    const names = await Promise.all(long.map(storedName));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[\w%~.-]{1,120}$/);
  });
});
