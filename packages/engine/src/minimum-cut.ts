/** A network of vertices 0, 1, … with directed edges of a capacity. */
export type Network = {
  edge(from: number, to: number, capacity: number): void;
  /** The vertices on the source's side of a cut of least capacity. */
  sourceSide(source: number, sink: number): ReadonlySet<number>;
};

type Edge = { readonly to: number; capacity: number; readonly back: number };

/**
 * Cuts source from sink by edges of the least total capacity, which is that of the largest flow.
 *
 * Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation", 1970.
 *
 * @param vertices how many there are.
 */
export function network(vertices: number): Network {
  const edges: Edge[][] = Array.from({ length: vertices }, () => []);

  /** Distance of each vertex from the source over edges with capacity left; −1 where there is no way. */
  const distances = (source: number): Int32Array => {
    const distance = new Int32Array(vertices).fill(-1);
    distance[source] = 0;
    const queue = [source];
    for (const vertex of queue) {
      for (const { to, capacity } of edges[vertex]!) {
        if (capacity <= 0 || distance[to] !== -1) continue;
        distance[to] = distance[vertex]! + 1;
        queue.push(to);
      }
    }
    return distance;
  };

  /** Sends flow along one shortest way from source to sink; false when there is none left. */
  const augment = (source: number, sink: number, distance: Int32Array, next: Int32Array): boolean => {
    const way: Edge[] = [];
    let vertex = source;
    while (vertex !== sink) {
      const list = edges[vertex]!;
      while (next[vertex]! < list.length) {
        const { to, capacity } = list[next[vertex]!]!;
        if (capacity > 0 && distance[to] === distance[vertex]! + 1) break;
        next[vertex]!++;
      }
      const edge = list[next[vertex]!];
      if (edge) {
        way.push(edge);
        vertex = edge.to;
        continue;
      }
      const last = way.pop();
      if (!last) return false;
      vertex = edges[last.to]![last.back]!.to;
      next[vertex]!++;
    }
    const flow = Math.min(...way.map(({ capacity }) => capacity));
    for (const edge of way) {
      edge.capacity -= flow;
      edges[edge.to]![edge.back]!.capacity += flow;
    }
    return true;
  };

  return {
    edge(from, to, capacity) {
      edges[from]!.push({ to, capacity, back: edges[to]!.length });
      edges[to]!.push({ to: from, capacity: 0, back: edges[from]!.length - 1 });
    },
    sourceSide(source, sink) {
      let distance = distances(source);
      while (distance[sink] !== -1) {
        const next = new Int32Array(vertices);
        while (augment(source, sink, distance, next));
        distance = distances(source);
      }
      return new Set([...distance.keys()].filter((vertex) => distance[vertex] !== -1));
    },
  };
}
