// The documents hold together: every relative link leads to a file and a heading, every source file and npm command they name exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Folders that are made by commands; those whose name begins with a dot are left out too. */
const MADE = new Set(['node_modules', 'dist', 'test-results', 'playwright-report', '__pycache__']);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return MADE.has(entry.name) || entry.name.startsWith('.') ? [] : filesIn(path);
    return [path];
  });
}

const FILES = filesIn('.');
const DOCUMENTS = new Map(FILES.filter((path) => path.endsWith('.md')).map((path) => [path, readFileSync(path, 'utf8')] as const));

/** A document without its blocks of code, fenced or indented after an empty line. */
function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/(?<=\n\n)(?: {4}.*\n)+/g, '');
}

/** The headings of a document as they are written. */
function headingsOf(text: string): string[] {
  return [...proseOf(text).matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, heading]) => heading);
}

/** The anchors that GitHub gives the headings: lower case, without punctuation, hyphens for spaces, a number for those that come again. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    headingsOf(text).map((heading) => {
      const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = plain.replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

/** Targets of a document's links and pictures that lead nowhere outside the project. */
function linksOf(text: string): string[] {
  const links = [...proseOf(text).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target]) => target);
  return links.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** What is wrong with a link of the document at `from`; null when nothing is. */
function faultOfLink(from: string, target: string): string | null {
  const [path, anchor] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return `${from}: ${target}: there is no ${file}`;
  if (anchor === undefined) return null;
  const text = DOCUMENTS.get(file);
  if (text === undefined) return `${from}: ${target}: ${file} is no document with headings`;
  return anchorsOf(text).has(anchor) ? null : `${from}: ${target}: ${file} has no such heading`;
}

describe('documents', () => {
  test('are found, with links and headings in them', () => {
    expect([...DOCUMENTS.keys()]).toEqual(expect.arrayContaining(['README.md', 'src/README.md', 'models/README.md']));
    expect(linksOf(DOCUMENTS.get('README.md') ?? '').length).toBeGreaterThan(10);
    expect(anchorsOf('# `npm test`, and *why*\n\n## Same\n\n## Same\n\n    # code\n')).toEqual(
      new Set(['npm-test-and-why', 'same', 'same-1']),
    );
  });

  test.each([...DOCUMENTS])('%s: every relative link leads somewhere', (path, text) => {
    expect(linksOf(text).flatMap((target) => faultOfLink(path, target) ?? [])).toEqual([]);
  });

  test.each([...DOCUMENTS])('%s: every npm command is a script of package.json', (_, text) => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text.matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, script]) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  test.each([...DOCUMENTS])('%s: every source file it names is there', (path, text) => {
    const named = [...proseOf(text).matchAll(/`([\w.-]+\/[\w./-]*\.(?:ts|tsx|py|json|md))`/g)].map(([, name]) => name);
    expect(named.filter((name) => !existsSync(name) && !existsSync(join(dirname(path), name)))).toEqual([]);
  });

  test('that code points to have the section it names', () => {
    const sources = FILES.filter((path) => /\.(ts|tsx|py|md)$/.test(path));
    const named = sources.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\b((?:src|models|test|web)\/[\w./-]*\.md)`?, "([^"]+)"/g)].map(([, document, section]) => ({
        path,
        document,
        section,
      })),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ document, section }) => !headingsOf(DOCUMENTS.get(document) ?? '').includes(section))).toEqual([]);
  });
});
