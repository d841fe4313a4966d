// Tells tensors that are computed twice, by like nodes from the same inputs.
import { toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema } from './onnx_pb';
import type { Wiring } from './wiring';

export class Likeness {
  readonly #numbers = new Map<string, number>();
  readonly #known = new Map<string, number>();

  constructor(readonly wiring: Wiring) {}

  /** The same number for tensors of the same value; graph inputs and weights are alike only to themselves. */
  of(tensor: string): number {
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    const entry = this.wiring.producer(tensor);
    const number = this.#number(entry ? this.#describe(entry.node, tensor) : `tensor ${tensor}`);
    this.#known.set(tensor, number);
    return number;
  }

  #describe({ opType, domain, attribute, input, output }: NonNullable<ReturnType<Wiring['producer']>>['node'], tensor: string): string {
    const inputs = input.map((name) => (name ? this.of(name) : ''));
    // A Constant's tensor has a name of its own, which is no part of its value.
    const attributes = attribute.map((own) =>
      toBinary(AttributeProtoSchema, own.t ? { ...own, t: { ...own.t, name: '' } } : own).join(' '),
    );
    return [opType, domain, output.indexOf(tensor), ...inputs, ...attributes.toSorted()].join('\n');
  }

  #number(description: string): number {
    const number = this.#numbers.get(description) ?? this.#numbers.size;
    this.#numbers.set(description, number);
    return number;
  }
}
