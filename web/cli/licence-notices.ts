// Writes the licences of everything that the build holds into licences.txt: scripts of the page and of the worker, fonts, WASM.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

const ROOT = join(import.meta.dirname, '../..');

/** Licences of packages that come without their text, for the version they were looked up for: files of web/licences. */
const KEPT: Readonly<Record<string, { readonly version: string; readonly files: readonly string[] }>> = {
  '@bufbuild/protobuf': { version: '2.17.0', files: ['bufbuild-protobuf.txt'] },
  'onnxruntime-common': { version: '1.30.0', files: ['onnxruntime.txt'] },
  // Its WASM holds what the native library of the same version holds.
  'onnxruntime-web': { version: '1.30.0', files: ['onnxruntime.txt', 'onnxruntime-third-party.txt'] },
};

/** Vite's and rolldown's few lines of helpers are bundled; what follows these headings is about their own programs. */
const ABOUT_PROGRAMS = /\n# Licenses of bundled dependencies[\s\S]*$/;

/** A package that the build holds something of. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as its package.json says. */
  readonly licence: string;
  /** The licence's text, or null when neither the package nor web/licences has it. */
  readonly text: string | null;
}

/** The folder of the package that a module or an asset's source is from; null for the project's own, and for what a bundler makes up. */
function folderOf(id: string): string | null {
  const helper = /^\0(vite|rolldown)\//.exec(id);
  if (helper !== null) return join(ROOT, 'node_modules', helper[1]);
  const [, folder] = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/?]+)[\\/]/.exec(id) ?? [];
  return folder ?? null;
}

/** What a package says of itself. `folder` is that of its package.json. */
function readPackage(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const file = readdirSync(folder).find((entry) => /^(?:licen[cs]e|copying)(?:\.(?:md|txt))?$/i.test(entry));
  const kept = KEPT[name];
  const text =
    file !== undefined
      ? readFileSync(join(folder, file), 'utf8').replace(ABOUT_PROGRAMS, '')
      : kept?.version === version
        ? kept.files.map((entry) => readFileSync(join(ROOT, 'web/licences', entry), 'utf8')).join('\n')
        : null;
  return { name, version, licence: license, text };
}

/**
 * The text of licences.txt: our own licence, a list of the packages, and the licence of each.
 *
 * @throws when one of the packages has no text; the message names it and says what to do.
 */
export function licenceNotices(packages: readonly Package[]): string {
  const missing = packages.filter(({ text }) => text === null);
  if (missing.length > 0) {
    throw new Error(
      `The build holds ${missing.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ')} without the text of its licence. ` +
        'Put the text into web/licences and name it, with this version, in web/cli/licence-notices.ts.',
    );
  }
  const sorted = packages.toSorted((a, b) => a.name.localeCompare(b.name));
  const titles = sorted.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const rule = '='.repeat(100);
  const own = readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim();
  const texts = sorted.map(({ text }, index) => `${rule}\n${titles[index]}\n${rule}\n\n${text?.trim()}`);
  return [
    `Noema and the model noema-tiny are licensed under the Apache License 2.0. They are served with\n\n${titles.join('\n')}`,
    own,
    ...texts,
  ]
    .join('\n\n')
    .concat('\n');
}

/**
 * Two plugins that share what they see: `collect` for the worker's build, which Vite makes apart, and `write` for the page's, which writes the file. The
 * build fails when something is bundled whose licence is not known.
 */
export function licencePlugins(): { readonly collect: () => Plugin; readonly write: () => Plugin } {
  const folders = new Set<string>();
  const note = (id: string): void => {
    const folder = folderOf(id);
    if (folder !== null && existsSync(join(folder, 'package.json'))) folders.add(folder);
  };
  const collect = (): Plugin => ({
    name: 'noema:licences-seen',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.moduleIds.forEach(note);
        else file.originalFileNames.forEach((name) => note(resolve(this.environment.config.root, name)));
      }
    },
  });
  const write = (): Plugin => ({
    name: 'noema:licences',
    apply: 'build',
    // After the styles, whose fonts are assets only then.
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler() {
        try {
          const source = licenceNotices([...folders].map(readPackage));
          this.emitFile({ type: 'asset', fileName: 'licences.txt', source });
        } catch (thrown) {
          this.error(thrown instanceof Error ? thrown.message : String(thrown));
        }
      },
    },
  });
  return { collect, write };
}
