import * as tf from '@tensorflow/tfjs-core';
import { inPlace, recordsPlaces } from './named.ts';

type Tape = ReturnType<typeof tf.engine>['state']['activeTape'];

/**
 * Puts the recorded operations in an order in which each comes after those that made its inputs.
 *
 * tfjs records the copy of an output that it saves for the backward pass before the operation that makes the output, and its backward pass
 * takes the order of the tape for the order of dependence: gradients of gradients would miss what flows through saved outputs. It also
 * stumbles over optional inputs that were not given; they are removed.
 */
export function orderTape(): void {
  const { state } = tf.engine();
  const maker = new Map<number, Tape[number]>();
  for (const node of state.activeTape) for (const { id } of node.outputs) maker.set(id, node);
  const entered = new Set<Tape[number]>();
  const ordered = new Set<Tape[number]>();
  const waiting: Tape = [];
  for (const root of state.activeTape) {
    waiting.push(root);
    while (waiting.length > 0) {
      const node = waiting.at(-1)!;
      if (entered.has(node)) {
        ordered.add(node);
        waiting.pop();
        continue;
      }
      entered.add(node);
      for (const [name, input] of Object.entries<tf.Tensor | undefined>(node.inputs)) {
        const made = input && maker.get(input.id);
        if (made && !entered.has(made)) waiting.push(made);
        if (!input) delete node.inputs[name];
      }
    }
  }
  state.activeTape = [...ordered];
}

type PlacedGradient = NonNullable<Tape[number]['gradient']> & { readonly isPlaced?: true };

/** While a program is recorded: the gradient of each operation stands in the layer that the operation stands in. */
export function placeGradients(): void {
  if (!recordsPlaces()) return;
  for (const node of tf.engine().state.activeTape) {
    const gradient = node.gradient as PlacedGradient | undefined;
    if (!gradient || gradient.isPlaced) continue;
    const inPlaceOfNode = <Result>(body: () => Result): Result => inPlace({ gradientOf: node.outputs }, body);
    const placed: PlacedGradient = (upstream) => {
      const derivatives = inPlaceOfNode(() => gradient(upstream));
      return Object.fromEntries(
        Object.entries(derivatives).map(([input, derivative]) => [input, () => inPlaceOfNode(derivative)]),
      );
    };
    node.gradient = Object.assign(placed, { isPlaced: true as const });
  }
}
