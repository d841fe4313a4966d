// A model folder of this machine: what of it is listed, and the words for one that cannot be.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MOST_ENTRIES } from '../../../../web/chooser/folder';
import { listLocalModel } from '../../../../web/cli/local-model';
import { faultOf } from '../../../faults';

const root = mkdtempSync(join(tmpdir(), 'noema-local-'));
const folder = join(root, 'my-model');
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(() => {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  for (const file of ['config.json', 'model.safetensors', 'onnx/a.onnx', '.git/config.json', '.hidden.json'])
    writeFileSync(join(folder, file), '');
  writeFileSync(join(root, 'blob'), 'weights');
  symlinkSync('../../blob', join(folder, 'onnx/a.onnx_data'));
  symlinkSync('nowhere', join(folder, 'broken.json'));
  symlinkSync('.', join(folder, 'itself'));
  symlinkSync('circle', join(folder, 'circle'));
});

it('is listed with its links, without what is hidden or leads nowhere or back', () => {
  const { name, paths, files } = listLocalModel(folder);
  expect(name).toBe('my-model');
  expect(paths).toEqual(['config.json', 'model.safetensors', 'onnx/a.onnx', 'onnx/a.onnx_data']);
  expect(files[0]).toBe(join(folder, 'config.json'));
  expect(files).toHaveLength(paths.length);
});

it('names the file that cannot be read, as far as models are made of such files', () => {
  const closed = (name: string) => () => listLocalModel(folder, (file) => !file.endsWith(name));
  expect(faultOf(closed('a.onnx_data'))).toMatchObject({
    code: 'BAD_INPUT',
    message: 'onnx/a.onnx_data of the model folder cannot be read.',
  });
  expect(closed('model.safetensors')).not.toThrow();
});

it('is refused where it has more in it than any model', () => {
  const large = join(root, 'large');
  mkdirSync(large);
  for (let i = 0; i <= MOST_ENTRIES; i++) symlinkSync('../blob', join(large, String(i)));
  expect(faultOf(() => listLocalModel(large)).message).toContain('more files than a model has');
});
