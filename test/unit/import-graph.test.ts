// The shape of the code: no file imports one that imports it, and the folders of src/ have an order.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDERS = ['src', 'models', 'workers', 'web', 'test'];

/** Every TypeScript file, with the files of the project that it imports (types too). */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => join(folder, path)),
  );
  const known = new Set(files);
  const resolve = (from: string, path: string): string | null => {
    const target = normalize(join(dirname(from), path));
    return [target, `${target}.ts`, `${target}.tsx`, target.replace(/\.js$/, '.ts')].find((name) => known.has(name)) ?? null;
  };
  return new Map(
    files.map((file) => {
      const paths = [...readFileSync(file, 'utf8').matchAll(/(?:^|\n)(?:import|export)\b[^;'"]*?\bfrom\s*'(\.[^']+)'/g)].map(
        ([, path]) => path,
      );
      return [file, paths.flatMap((path) => resolve(file, path) ?? [])];
    }),
  );
}

/** One circle of a graph as the names on it; null when there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): readonly string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    path.push(name);
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next);
      if (circle !== null) return circle;
    }
    path.pop();
    done.add(name);
    return null;
  };
  for (const name of graph.keys()) {
    const circle = visit(name);
    if (circle !== null) return circle;
  }
  return null;
}

/** The same graph between folders: the part of a path that `folderOf` gives; files of one folder may import one another. */
function byFolder(graph: ReadonlyMap<string, readonly string[]>, folderOf: (file: string) => string | null): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const [file, imported] of graph) {
    const from = folderOf(file);
    if (from === null) continue;
    const to = imported.flatMap((target) => folderOf(target) ?? []).filter((folder) => folder !== from);
    folders.set(from, [...(folders.get(from) ?? []), ...to]);
  }
  return folders;
}

describe('imports', () => {
  const graph = importGraph();

  test('are found', () => {
    expect(graph.size).toBeGreaterThan(300);
    expect(graph.get('src/run/pipeline.ts')).toContain('src/run/stages.ts');
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });

  test('go in no circle between files', () => {
    expect(circleIn(graph)).toBeNull();
  });

  test('go in no circle between the folders of src/', () => {
    const folderOf = (file: string): string | null => /^(src\/[\w-]+)\//.exec(file)?.[1] ?? null;
    expect(circleIn(byFolder(graph, folderOf))).toBeNull();
  });

  test('go from the page to the worker to the models to the science, and never back', () => {
    const order = ['src', 'models', 'workers', 'web'];
    const folders = byFolder(graph, (file) => order.find((folder) => file.startsWith(`${folder}/`)) ?? null);
    for (const [folder, imported] of folders) {
      expect(
        imported.filter((target) => order.indexOf(target) > order.indexOf(folder)),
        folder,
      ).toEqual([]);
    }
  });
});
