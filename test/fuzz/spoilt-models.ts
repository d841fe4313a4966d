// Models spoilt in every way that files are: each by its seed, the same in every run.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation, type GraphProto, type ModelProto, type TensorProto } from '../../models/graph/onnx_pb';
import { createRandom } from '../../src/math/random';
import { exportFiles, type FolderBytes } from '../export-folder';

/** A folder that somebody may choose, and what was done to it. */
export interface SpoiltModel {
  readonly files: FolderBytes;
  readonly what: string;
}

const EXPORTS = ['gqa-qwen2_5-vl-untied', 'explicit-qwen2-vl', 'gqa-qwen2_5-vl-untied', 'gqa-qwen2-vl'] as const;
const whole = new Map(EXPORTS.map((name) => [name, exportFiles(name)]));

/** Whole numbers below `count`, and choices, from a seed. */
class Dice {
  readonly #random: ReturnType<typeof createRandom>;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random.uniform() * count);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** Changes `files` and says what it changed. */
type Spoil = (files: FolderBytes, dice: Dice) => string;

const paths = (files: FolderBytes, ending: RegExp): string[] => [...files.keys()].filter((path) => ending.test(path));
const bytesOf = (files: FolderBytes, path: string): Uint8Array<ArrayBuffer> => files.get(path) as Uint8Array<ArrayBuffer>;
const GRAPH = /\.onnx$/;
const ANY = /./;

const SPOILS: Readonly<Record<string, Spoil>> = {
  'flipped bits': (files, dice) => {
    const path = dice.of(paths(files, ANY));
    const bytes = bytesOf(files, path).slice();
    const count = 1 + dice.below(8);
    for (let i = 0; i < count; i += 1) bytes[dice.below(bytes.length)] ^= 1 << dice.below(8);
    files.set(path, bytes);
    return `${count} in ${path}`;
  },
  'flipped bits of a graph': (files, dice) => {
    const path = dice.of(paths(files, GRAPH));
    const bytes = bytesOf(files, path).slice();
    // Most of what describes a graph stands at its start and its end, most weights between.
    const edge = Math.min(bytes.length, 20_000);
    const at = dice.below(2) === 0 ? dice.below(edge) : bytes.length - 1 - dice.below(edge);
    bytes[at] ^= 1 << dice.below(8);
    files.set(path, bytes);
    return `byte ${at} of ${path}`;
  },
  'cut short': (files, dice) => {
    const path = dice.of(paths(files, ANY));
    const end = dice.below(bytesOf(files, path).length);
    files.set(path, bytesOf(files, path).slice(0, end));
    return `${path} to ${end}`;
  },
  extended: (files, dice) => {
    const path = dice.of(paths(files, ANY));
    const more = Uint8Array.from({ length: 1 + dice.below(300) }, () => dice.below(256));
    files.set(path, new Uint8Array([...bytesOf(files, path), ...more]));
    return `${path} by ${more.length}`;
  },
  'spoilt varints': (files, dice) => {
    const path = dice.of(paths(files, GRAPH));
    const bytes = bytesOf(files, path).slice();
    const at = dice.below(Math.min(bytes.length - 12, 20_000));
    bytes.fill(dice.of([0xff, 0x80, 0x00]), at, at + 1 + dice.below(11));
    files.set(path, bytes);
    return `at ${at} of ${path}`;
  },
  'files swapped': (files, dice) => {
    const [one, other] = [dice.of(paths(files, ANY)), dice.of(paths(files, ANY))];
    const [first, second] = [bytesOf(files, one), bytesOf(files, other)];
    files.set(one, second).set(other, first);
    return `${one} and ${other}`;
  },
  'a file missing': (files, dice) => {
    const path = dice.of(paths(files, ANY));
    files.delete(path);
    return path;
  },
  'hostile JSON': spoilJson,
  'more hostile JSON': spoilJson,
  'nodes in another order': inGraph((graph, dice) => {
    const one = dice.below(graph.node.length);
    graph.node = [...graph.node.slice(one).reverse(), ...graph.node.slice(0, one)];
    return `from ${one}`;
  }),
  'a circle': inGraph((graph, dice) => {
    const reader = dice.of(graph.node.filter(({ input }) => input.length > 0));
    const after = graph.node.slice(graph.node.indexOf(reader)).filter(({ output }) => output.length > 0);
    const made = dice.of(after).output[0];
    reader.input[dice.below(reader.input.length)] = made;
    return `${reader.name} reads ${made}`;
  }),
  'another operator': inGraph((graph, dice) => {
    const node = dice.of(graph.node);
    if (dice.below(3) === 0) node.domain = dice.of(['com.example', 'com.microsoft', 'ai.onnx.ml']);
    else node.opType = dice.of(['Warp', 'Relu', 'Gather', 'Loop', 'MatMul', 'Concat', '']);
    return `${node.name} is ${node.domain}:${node.opType}`;
  }),
  'another opset': inModel((model, dice) => {
    const versions = dice.of([[], [0n], [1n], [7n], [9999n], [-1n]]);
    model.opsetImport = versions.flatMap((version) => model.opsetImport.map((own) => ({ ...own, version })));
    return `version ${versions.join() || 'none'}`;
  }),
  'other attributes': inGraph((graph, dice) => {
    const nodes = graph.node.filter(({ attribute }) => attribute.length > 0);
    if (nodes.length === 0) return 'nothing: no node has any';
    const node = dice.of(nodes);
    const own = dice.of(node.attribute);
    own.i = dice.of([-1n, 0n, 7n, 2n ** 31n, 2n ** 62n, -(2n ** 63n)]);
    own.ints = own.ints.map(() => dice.of([-9n, 0n, 3n, 2n ** 40n]));
    if (dice.below(3) === 0) own.name = dice.of(['', 'axis', own.name.toUpperCase()]);
    return `${node.name}.${own.name}`;
  }),
  'other sizes of a weight': inGraph((graph, dice) => {
    const weight = dice.of(graph.initializer);
    const size = (): bigint => dice.of([-1n, 0n, 1n, 33n, 2n ** 31n, 2n ** 40n, 2n ** 62n]);
    weight.dims = dice.below(2) === 0 ? weight.dims.map((own) => (dice.below(2) === 0 ? own : size())) : [...weight.dims, size()];
    return `${weight.name} has ${weight.dims.join('x')}`;
  }),
  'another type of a weight': inGraph((graph, dice) => {
    const weight = dice.of(graph.initializer);
    weight.dataType = dice.of([0, 1, 2, 6, 7, 8, 9, 10, 16, 21, 99]);
    return `${weight.name} is of type ${weight.dataType}`;
  }),
  'a weight missing': inGraph((graph, dice) => {
    const [weight] = graph.initializer.splice(dice.below(graph.initializer.length), 1);
    return weight.name;
  }),
  'external data elsewhere': inGraph((graph, dice) => {
    const outside = graph.initializer.filter(({ externalData }) => externalData.length > 0);
    if (outside.length === 0) return makeExternal(dice.of(graph.initializer), dice);
    const entry = dice.of(dice.of(outside).externalData);
    entry.value =
      entry.key === 'location'
        ? dice.of(['nothing.bin', '../config.json', '/etc/passwd', '', 'decoder_model_merged.onnx'])
        : hostileOffset(dice);
    return `${entry.key} is ${JSON.stringify(entry.value)}`;
  }),
  'other inputs and outputs': inGraph((graph, dice) => {
    const [list, other] = dice.below(2) === 0 ? [graph.input, graph.output] : [graph.output, graph.input];
    const at = dice.below(list.length);
    const way = dice.below(3);
    if (way === 0) list.splice(at, 1);
    else if (way === 1) list[at].name = dice.of(other).name;
    else list[at].type = dice.of(other).type;
    return `${at} of ${list.length}`;
  }),
};

function spoilJson(files: FolderBytes, dice: Dice): string {
  const path = dice.of(paths(files, /\.json$/));
  const json = JSON.parse(new TextDecoder().decode(bytesOf(files, path))) as unknown;
  const leaves: { readonly holder: Record<string, unknown>; readonly key: string; readonly where: string }[] = [];
  const walk = (value: unknown, where: string): void => {
    if (typeof value !== 'object' || value === null || leaves.length > 3000) return;
    for (const key of Object.keys(value)) {
      const holder = value as Record<string, unknown>;
      leaves.push({ holder, key, where: `${where}.${key}` });
      walk(holder[key], `${where}.${key}`);
    }
  };
  walk(json, path);
  // A vocabulary has as many entries as all else together a hundred times.
  const few = leaves.filter(({ where }) => !/\.(vocab|merges)\./.test(where));
  const { holder, key, where } = dice.of(dice.below(8) === 0 ? leaves : few);
  if (dice.below(6) === 0) {
    delete holder[key];
    return `no ${where}`;
  }
  holder[key] = dice.of(HOSTILE);
  files.set(path, new TextEncoder().encode(JSON.stringify(json)));
  return `${where} is ${JSON.stringify(holder[key])?.slice(0, 60)}`;
}

const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1,
  3,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  'text',
  '7',
  '(a+)+$',
  'x'.repeat(100_000),
  [],
  [null],
  [1, 2, 3],
  {},
  { type: 'Sequence', normalizers: Array.from({ length: 60 }, () => ({ type: 'Replace', pattern: { String: 'a' }, content: 'aa' })) },
  { __proto__: null, constructor: 1, toString: 2 },
];

const hostileOffset = (dice: Dice): string => dice.of(['-1', '0', '7', '4096', String(2 ** 40), String(2 ** 63), '1e9', 'text', '']);

/** A weight that was in the file, with the numbers of another file or of none. */
function makeExternal(weight: TensorProto, dice: Dice): string {
  weight.rawData = new Uint8Array();
  weight.dataLocation = TensorProto_DataLocation.EXTERNAL;
  const entries = { location: dice.of(['nothing.bin', 'embed_tokens.onnx']), offset: hostileOffset(dice) };
  weight.externalData = Object.entries(entries).map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value }));
  return `${weight.name} lies in ${entries.location}`;
}

function inModel(spoil: (model: ModelProto, dice: Dice) => string): Spoil {
  return (files, dice) => {
    const path = dice.of(paths(files, GRAPH));
    const model = fromBinary(ModelProtoSchema, bytesOf(files, path));
    const what = spoil(model, dice);
    files.set(path, new Uint8Array(toBinary(ModelProtoSchema, model)));
    return `${path}: ${what}`;
  };
}

function inGraph(spoil: (graph: GraphProto, dice: Dice) => string): Spoil {
  return inModel((model, dice) => spoil(model.graph as GraphProto, dice));
}

/** The model of a seed, a whole number from 0. Kinds of damage follow each other, so that as many seeds as there are kinds meet each. */
export function spoiltModel(seed: number): SpoiltModel {
  const names = Object.keys(SPOILS);
  const kind = names[seed % names.length];
  const dice = new Dice(seed);
  const base = dice.of(EXPORTS);
  const files: FolderBytes = new Map(whole.get(base));
  return { files, what: `${base}, ${kind}: ${SPOILS[kind](files, dice)}` };
}
