// Keeps the sines and cosines of positions off a GPU, which rounds them coarsely.
import { create } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema, type NodeProto } from './onnx_pb';
import type { Rewrite } from './rewrite';
import type { NodeRecord, Wiring } from './wiring';

const CIRCULAR = new Set(['Cos', 'Sin']);
const LETTERS = 'abcdefgh';

/**
 * Names of the Cos and Sin nodes and of all they are computed from, where that is positions alone. WGSL allows sine and
 * cosine an error of 2^-11 between -pi and pi, and any beyond; positions lie in ordinary memory, so that the processor can
 * do it without fetching anything off the GPU. Empty where an export reads them from tables, or mixes in other inputs.
 * Their Transposes become Einsums: ONNX Runtime moves a Transpose about and gives it another name, and being no longer one of
 * these it would run on the GPU, its input sent there and its output fetched. test/browser/webgpu-exports.browser.test.ts
 * counts what is fetched.
 */
export function keepRotationOffGpu(rewrite: Rewrite): readonly string[] {
  const nodes = rotationNodes(rewrite.wiring);
  for (const entry of nodes) if (entry.node.opType === 'Transpose') asEinsum(rewrite.edit(entry));
  return nodes.map(({ node }) => node.name).filter((name) => name !== '');
}

function rotationNodes(wiring: Wiring): readonly NodeRecord[] {
  const found = new Set<NodeRecord>();
  const open = wiring.nodes.filter(({ node }) => CIRCULAR.has(node.opType));
  for (let entry = open.pop(); entry; entry = open.pop()) {
    if (found.has(entry)) continue;
    found.add(entry);
    for (const name of entry.node.input) {
      if (wiring.inputs.has(name) && name !== 'position_ids' && wiring.weight(name) === null) return [];
      const producer = wiring.producer(name);
      if (producer) open.push(producer);
    }
  }
  return [...found];
}

/** A Transpose that says its axes, as the Einsum of the same meaning. */
function asEinsum(node: NodeProto): void {
  const order = node.attribute.find(({ name }) => name === 'perm')?.ints.map(Number);
  if (!order) return;
  const equation = `${LETTERS.slice(0, order.length)}->${order.map((axis) => LETTERS[axis]).join('')}`;
  node.opType = 'Einsum';
  node.attribute = [create(AttributeProtoSchema, { name: 'equation', type: Kind.STRING, s: new TextEncoder().encode(equation) })];
}
