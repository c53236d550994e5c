import type { Span } from "./spans";

/** Where a span stands: it began the trace, its parent is not here, its parents go in a circle, or it has one. */
export type Place = "root" | "orphan" | "circle" | "child";

export interface Node {
  span: Span;
  /** Its own even where two spans have one id. */
  key: string;
  place: Place;
  parent: Node | null;
  children: Node[];
  /** 0 of what stands at the root. */
  depth: number;
  /** How many spans stand beneath it. */
  below: number;
  /** By how much it begins before its parent, in milliseconds: 0, or their clocks differ. */
  early: number;
}

/** Clocks of one machine are told to the millisecond by some senders; less than that is no difference of clocks. */
const EARLY_MIN_MS = 1;

/** The spans of a trace beneath their parents, in the order they began. Whose parent is absent or late stands at the root. */
export function forest(spans: readonly Span[]): Node[] {
  const seen = new Map<string, number>();
  const nodes = [...spans]
    .sort((a, b) => a.start - b.start || (b.durationMs ?? 0) - (a.durationMs ?? 0))
    .map((span): Node => {
      const before = seen.get(span.spanId) ?? 0;
      seen.set(span.spanId, before + 1);
      const key = before === 0 ? span.spanId : `${span.spanId} ${before}`;
      return { span, key, place: "root", parent: null, children: [], depth: 0, below: 0, early: 0 };
    });
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const roots: Node[] = [];
  for (const node of nodes) {
    const parent = node.span.parentId === null ? undefined : byKey.get(node.span.parentId);
    if (parent) adopt(parent, node);
    else {
      node.place = node.span.parentId === null ? "root" : "orphan";
      roots.push(node);
    }
  }
  const reached = new Set(preorder(roots));
  for (const node of nodes) {
    if (reached.has(node)) continue;
    // Nothing that began the trace leads here: the circle is cut where it begins.
    if (node.parent) node.parent.children = node.parent.children.filter((child) => child !== node);
    Object.assign(node, { place: "circle", parent: null, early: 0 });
    roots.push(node);
    for (const own of preorder([node])) reached.add(own);
  }
  roots.sort((a, b) => a.span.start - b.span.start);
  measure(roots);
  return roots;
}

function adopt(parent: Node, node: Node): void {
  const early = (parent.span.start - node.span.start) / 1000;
  Object.assign(node, { place: "child", parent, early: early >= EARLY_MIN_MS ? early : 0 });
  parent.children.push(node);
}

/** All nodes, each before what stands beneath it. Without recursion: a chain may be as long as a trace. */
function preorder(roots: readonly Node[], isClosed: (node: Node) => boolean = () => false): Node[] {
  const out: Node[] = [];
  const open = [...roots].reverse();
  for (let node = open.pop(); node; node = open.pop()) {
    out.push(node);
    if (isClosed(node)) continue;
    for (let at = node.children.length - 1; at >= 0; at--) open.push(node.children[at] as Node);
  }
  return out;
}

function measure(roots: readonly Node[]): void {
  const all = preorder(roots);
  for (const node of all) node.depth = node.parent ? node.parent.depth + 1 : 0;
  for (const node of all.reverse()) if (node.parent) node.parent.below += node.below + 1;
}

/** The rows that are seen while some nodes are closed. */
export function rowsOf(roots: readonly Node[], closed: ReadonlySet<string>): Node[] {
  return preorder(roots, (node) => closed.has(node.key));
}

/** The nodes that can be closed. */
export function parents(roots: readonly Node[]): Node[] {
  return preorder(roots).filter((node) => node.children.length > 0);
}

/** What stands above a node, the nearest first. */
export function ancestors(node: Node): Node[] {
  const out: Node[] = [];
  for (let above = node.parent; above; above = above.parent) out.push(above);
  return out;
}

/** The next span that failed after one, from the top again after the last; null if there is no other. */
export function nextFailed(roots: readonly Node[], key: string | null): Node | null {
  const all = preorder(roots);
  const at = all.findIndex((node) => node.key === key);
  return [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0))].find((node) => node.span.status === "error") ?? null;
}

/** What a key does in the tree. */
export type Move = { to: Node } | { close: Node } | { open: Node } | null;

/** As trees go: up and down through what is seen, left to the parent, right to the children. */
export function moved(rows: readonly Node[], active: Node, key: string, closed: ReadonlySet<string>): Move {
  const at = rows.indexOf(active);
  const to = (node: Node | null | undefined): Move => (node ? { to: node } : null);
  const isOpen = active.children.length > 0 && !closed.has(active.key);
  switch (key) {
    case "ArrowDown":
      return to(rows[at + 1]);
    case "ArrowUp":
      return to(rows[at - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows[rows.length - 1]);
    case "PageDown":
      return to(rows[Math.min(at + PAGE_ROWS, rows.length - 1)]);
    case "PageUp":
      return to(rows[Math.max(at - PAGE_ROWS, 0)]);
    case "ArrowRight":
      return isOpen ? to(active.children[0]) : active.children.length > 0 ? { open: active } : null;
    case "ArrowLeft":
      return isOpen ? { close: active } : to(active.parent);
    default:
      return null;
  }
}

const PAGE_ROWS = 10;
