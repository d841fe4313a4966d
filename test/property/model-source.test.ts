// Where a model comes from, as people write it: what is read is written back the same, and nothing a person types breaks the page.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineFault } from '../../src/errors';
import { formatModelSource, nameOfSource, parseModelSource, type NamedSource } from '../../src/engine/model-source';
import { faultOf } from '../faults';

const letters = (chars: string, most: number) =>
  fc.array(fc.constantFrom(...chars), { minLength: 1, maxLength: most }).map((list) => list.join(''));
const word = letters('abcXYZ019_', 8);
const name = fc.tuple(word, letters('abcXYZ019_.-', 12)).map(([first, rest]) => first + rest);
const branch = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'))
  .filter((text) => !text.includes('..'));
const host = fc.constantFrom('https://huggingface.co', 'https://hf-mirror.com', 'https://hub.example', 'http://localhost:4280');

const hubSource: fc.Arbitrary<NamedSource> = fc
  .tuple(host, name, name, branch)
  .filter(([, owner]) => !['datasets', 'spaces', 'models', 'collections', 'docs', 'papers', 'api'].includes(owner))
  .map(([at, owner, repository, revision]) => ({ kind: 'hub', host: at, id: `${owner}/${repository}`, revision }));
const urlSource: fc.Arbitrary<NamedSource> = fc
  .array(name, { maxLength: 2 })
  .map((parts) => ({ kind: 'url', url: `https://files.example/${parts.map((part) => `${part}/`).join('')}` }));
const written = fc.oneof(
  fc.string(),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}/${b}`),
  fc
    .tuple(host, fc.array(fc.oneof(name, fc.constantFrom('tree', 'blob', 'resolve', 'main', 'refs', '..', ''))))
    .map(([at, parts]) => [at, ...parts].join('/')),
);

describe('round trip', () => {
  test('a source is read back from its own text', () => {
    fc.assert(
      fc.property(fc.oneof(hubSource, urlSource), (source) => {
        expect(parseModelSource(formatModelSource(source))).toEqual(source);
      }),
    );
  });

  test('whatever a person writes is a source that reads back the same, or BAD_INPUT with what to write', () => {
    fc.assert(
      fc.property(written, (text) => {
        let source: NamedSource;
        try {
          source = parseModelSource(text);
        } catch (thrown) {
          if (!(thrown instanceof EngineFault)) throw thrown;
          expect(thrown.value).toMatchObject({ code: 'BAD_INPUT', action: expect.stringContaining('owner/name') });
          expect(thrown.value.message.length).toBeLessThan(200);
          return;
        }
        expect(parseModelSource(formatModelSource(source))).toEqual(source);
        expect(nameOfSource(source)).not.toBe('');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is read', () => {
  test.each([
    ['noema/tiny', { id: 'noema/tiny', revision: 'main' }],
    ['  noema/tiny@v1.2 ', { id: 'noema/tiny', revision: 'v1.2' }],
    ['noema/tiny@refs/pr/3', { id: 'noema/tiny', revision: 'refs/pr/3' }],
    ['https://huggingface.co/noema/tiny', { id: 'noema/tiny', revision: 'main' }],
    ['https://www.huggingface.co/noema/tiny/', { id: 'noema/tiny', revision: 'main' }],
    ['https://huggingface.co/noema/tiny?library=onnx#files', { id: 'noema/tiny', revision: 'main' }],
    ['https://huggingface.co/noema/tiny/tree/dev', { id: 'noema/tiny', revision: 'dev' }],
    ['https://huggingface.co/noema/tiny/tree/dev/onnx', { id: 'noema/tiny', revision: 'dev' }],
    ['https://huggingface.co/noema/tiny/blob/dev/config.json', { id: 'noema/tiny', revision: 'dev' }],
    ['https://huggingface.co/noema/tiny/resolve/dev/onnx/decoder.onnx', { id: 'noema/tiny', revision: 'dev' }],
    ['https://huggingface.co/noema/tiny/tree/refs%2Fpr%2F3', { id: 'noema/tiny', revision: 'refs/pr/3' }],
    ['https://huggingface.co/noema/tiny/tree/refs/pr/3', { id: 'noema/tiny', revision: 'refs/pr/3' }],
  ])('%s is on the hub', (text, expected) => {
    expect(parseModelSource(text)).toEqual({ kind: 'hub', host: 'https://huggingface.co', ...expected });
  });

  test.each([
    ['http://localhost:4280/noema/tiny/tree/main', { kind: 'hub', host: 'http://localhost:4280', id: 'noema/tiny', revision: 'main' }],
    ['https://files.example', { kind: 'url', url: 'https://files.example/' }],
    ['https://files.example/models/tiny', { kind: 'url', url: 'https://files.example/models/tiny/' }],
    ['https://files.example/a/b/blob/c', { kind: 'url', url: 'https://files.example/a/b/blob/c/' }],
    ['http://127.0.0.1:8000/tiny/', { kind: 'url', url: 'http://127.0.0.1:8000/tiny/' }],
  ])('%s is elsewhere', (text, expected) => expect(parseModelSource(text)).toEqual(expected));

  test.each([
    ['', 'names no model'],
    ['tiny', 'names no model'],
    ['noema/../secrets', 'names no model'],
    ['noema/tiny@../..', 'names no model'],
    ['noema/tiny@a//b', 'names no model'],
    ['noema/tiny@main/', 'names no model'],
    ['ftp://files.example/tiny', 'not an address of the web'],
    ['javascript:alert(1)', 'not an address of the web'],
    ['https://who:secret@files.example/', 'user name or password'],
    ['http://files.example/tiny', 'only https'],
    ['http://localhost.example/tiny', 'only https'],
    ['https://huggingface.co/models', 'names no repository'],
    ['https://huggingface.co/datasets/noema/pictures', 'names no repository'],
  ])('%j is refused', (text, words) => {
    expect(faultOf(() => parseModelSource(text)).message).toContain(words);
  });
});

test('names for people', () => {
  expect(nameOfSource(parseModelSource('noema/tiny@v1'))).toBe('tiny');
  expect(nameOfSource(parseModelSource('https://files.example/models/tiny'))).toBe('tiny');
  expect(nameOfSource({ kind: 'folder', name: 'my model', files: [] })).toBe('my model');
});
