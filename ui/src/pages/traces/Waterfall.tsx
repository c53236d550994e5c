import "./traces.css";
import { Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type MouseEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { StateMark } from "../../kit/StateMark";
import { count, dollars, milliseconds } from "../../words/numbers";
import type { Span } from "./spans";
import { statusOf, UNSET } from "./status";
import { type Extent, ticks, tokens } from "./trace";
import { ancestors, moved, nextFailed, type Node, parents, rowsOf } from "./tree";

/** Heights of rows, as the style sheet has them. */
const ROW_PX = { wide: 42, narrow: 64 };
const HEIGHT_MAX = 640;
const TICKS = { wide: 4, narrow: 3 };
/** Deeper, a name would have no room. */
const INDENTS_MAX = 12;

interface Props {
  roots: readonly Node[];
  extent: Extent;
  /** The key of the span that is shown elsewhere on the page. */
  chosen: string | null;
  choose: (node: Node) => void;
}

/** Which nodes are closed, where the keyboard is, and what keys and clicks do. */
function useTree({ roots, chosen, choose }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [activeKey, setActive] = useState<string | null>(null);
  const rows = useMemo(() => rowsOf(roots, closed), [roots, closed]);
  const activeAt = Math.max(rows.findIndex((n) => n.key === (activeKey ?? chosen)), 0);
  const change = (key: string, close: boolean) =>
    setClosed((before) => {
      const next = new Set(before);
      if (close) next.add(key);
      else next.delete(key);
      return next;
    });
  const goTo = (node: Node) => {
    setClosed((before) => new Set([...before].filter((key) => !ancestors(node).some((a) => a.key === key))));
    setActive(node.key);
    choose(node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const active = rows[activeAt];
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(active);
      return;
    }
    const move = moved(rows, active, event.key, closed);
    if (!move) return;
    event.preventDefault();
    if ("to" in move) setActive(move.to.key);
    else if ("close" in move) change(move.close.key, true);
    else change(move.open.key, false);
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const at = target.closest("[data-row]")?.getAttribute("data-row");
    const node = at === null || at === undefined ? undefined : rows[Number(at)];
    if (!node) return;
    setActive(node.key);
    if (target.closest("[data-toggle]")) change(node.key, !closed.has(node.key));
    else choose(node);
  };
  return { rows, closed, setClosed, activeAt, goTo, onKeyDown, onClick };
}

/** Spans beneath their parents, each where it lies in time. Only rows in sight are drawn. */
export function Waterfall(props: Props) {
  const { roots, extent, chosen } = props;
  const { rows, closed, setClosed, activeAt, goTo, onKeyDown, onClick } = useTree(props);
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false }) ?? false;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const height = narrow ? ROW_PX.narrow : ROW_PX.wide;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    // Known before it is measured, so that the first picture has its rows; the span that the address names may stand far down.
    initialRect: { width: 0, height: HEIGHT_MAX },
    initialOffset: () => Math.max(activeAt * height - HEIGHT_MAX / 2, 0),
  });
  const drawn = useRef({ height, activeAt });
  useEffect(() => {
    if (drawn.current.height !== height) virtual.measure();
    if (drawn.current.activeAt !== activeAt) virtual.scrollToIndex(activeAt, { align: "auto" });
    drawn.current = { height, activeAt };
  }, [virtual, height, activeAt]);
  return (
    <div className="waterfall">
      <Controls roots={roots} closed={closed} setClosed={setClosed} chosen={chosen} goTo={goTo} />
      <Ruler extent={extent} most={narrow ? TICKS.narrow : TICKS.wide} />
      <div
        ref={scroller}
        className="waterfall-rows"
        style={{ maxHeight: HEIGHT_MAX }}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={rows.length > 0 ? `${id}-${activeAt}` : undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const node = rows[item.index];
            return node && <Row key={node.key} id={`${id}-${item.index}`} at={item.index} top={item.start} height={height} node={node} extent={extent} isClosed={closed.has(node.key)} isActive={item.index === activeAt} isChosen={node.key === chosen} />;
          })}
        </div>
      </div>
    </div>
  );
}

interface ControlsProps {
  roots: readonly Node[];
  closed: ReadonlySet<string>;
  setClosed: (next: ReadonlySet<string>) => void;
  chosen: string | null;
  goTo: (node: Node) => void;
}

function Controls({ roots, closed, setClosed, chosen, goTo }: ControlsProps) {
  const all = useMemo(() => parents(roots), [roots]);
  const next = useMemo(() => nextFailed(roots, chosen), [roots, chosen]);
  return (
    <Group justify="space-between" gap="xs" mb={4}>
      <div className="chart-legend" aria-hidden="true">
        <span className="key">
          <span className="span-key" data-kind="model" /> call of a model
        </span>
        <span className="key">
          <span className="span-key" /> other span
        </span>
        <span className="key">
          <span className="span-key" data-kind="failed" /> failed
        </span>
        <span className="key">
          <span className="span-key" data-kind="token" /> first token
        </span>
      </div>
      <Group gap="xs" className="no-print">
        {next && (
          <Button size="compact-xs" variant="default" onClick={() => goTo(next)}>
            Next failed
          </Button>
        )}
        {all.length > 0 && (
          <>
            <Button size="compact-xs" variant="default" disabled={closed.size === 0} onClick={() => setClosed(new Set())}>
              Open all
            </Button>
            <Button size="compact-xs" variant="default" disabled={closed.size === all.length} onClick={() => setClosed(new Set(all.map((n) => n.key)))}>
              Close all
            </Button>
          </>
        )}
      </Group>
    </Group>
  );
}

function Ruler({ extent, most }: { extent: Extent; most: number }) {
  const length = (extent.to - extent.from) / 1000;
  return (
    <div className="span-row span-ruler" aria-hidden="true">
      <Text size="xs" c="dimmed" className="span-what">
        Span
      </Text>
      <Text size="xs" c="dimmed" className="span-status">
        Status
      </Text>
      <div className="span-time">
        {ticks(length, most).map((at, n) => (
          <span key={at} className="span-tick" data-first={n === 0 || undefined} style={{ left: `${length > 0 ? (at / length) * 100 : 0}%` }}>
            {milliseconds(at)}
          </span>
        ))}
      </div>
      <Text size="xs" c="dimmed" className="span-figures">
        Tokens, cost
      </Text>
    </div>
  );
}

interface RowProps {
  id: string;
  at: number;
  top: number;
  height: number;
  node: Node;
  extent: Extent;
  isClosed: boolean;
  isActive: boolean;
  isChosen: boolean;
}

/** Drawn anew only where something of it changed: a key moves two rows. */
const Row = memo(function Row({ id, at, top, height, node, extent, isClosed, isActive, isChosen }: RowProps) {
  const { span, depth, children, below } = node;
  const told = facts(node).join(" · ");
  const siblings = node.parent?.children;
  const { state, word } = statusOf(span);
  return (
    <div
      id={id}
      role="treeitem"
      className="span-row"
      aria-level={depth + 1}
      aria-setsize={siblings?.length}
      aria-posinset={siblings ? siblings.indexOf(node) + 1 : undefined}
      aria-expanded={children.length > 0 ? !isClosed : undefined}
      aria-selected={isChosen}
      data-active={isActive || undefined}
      data-row={at}
      style={{ top, height }}
    >
      <div className="span-what" style={{ paddingLeft: `calc(${Math.min(depth, INDENTS_MAX)} * var(--indent))` }}>
        <span className="span-toggle" aria-hidden="true" data-toggle={children.length > 0 || undefined}>
          {children.length === 0 ? "" : isClosed ? "▸" : "▾"}
        </span>
        <div className="span-words">
          <div className="span-name" title={span.name}>
            {span.name}
            {isClosed && <span className="span-dim"> +{count(below)}</span>}
          </div>
          <div className="span-dim" title={told}>
            {told}
          </div>
        </div>
      </div>
      <div className="span-status" title={state === "unknown" ? UNSET : undefined}>
        <StateMark state={state} word={word} />
        <div className="span-long">{long(span)}</div>
      </div>
      <Bar span={span} extent={extent} />
      <div className="span-figures">
        <div>{isCounted(span) ? tokens(span) : ""}</div>
        <div className="span-dim">{span.costUsd === null ? "" : dollars(span.costUsd)}</div>
      </div>
    </div>
  );
});

function Bar({ span, extent }: { span: Span; extent: Extent }) {
  const length = extent.to - extent.from || 1;
  const left = ((span.start - extent.from) / length) * 100;
  const width = (((span.durationMs ?? 0) * 1000) / length) * 100;
  const token = span.firstTokenMs === null ? null : left + ((span.firstTokenMs * 1000) / length) * 100;
  return (
    <div className="span-time">
      <VisuallyHidden>, begins at {milliseconds((span.start - extent.from) / 1000)}</VisuallyHidden>
      <span className="span-bar" data-kind={span.model === null ? undefined : "model"} data-failed={span.status === "error" || undefined} style={{ left: `${left}%`, width: `max(${width}%, 2px)` }} />
      {token !== null && token <= 100 && <span className="span-token" style={{ left: `${token}%` }} />}
    </div>
  );
}

function isCounted({ inputTokens, outputTokens }: Span): boolean {
  return inputTokens !== null || outputTokens !== null;
}

function long({ durationMs }: Span): string {
  return durationMs === null ? "never ended" : milliseconds(durationMs);
}

/** What stands beneath a span's name: where it was made, what it does, and what is odd about it. */
function facts({ span, place, early }: Node): string[] {
  return [
    place === "orphan" ? "parent not here" : place === "circle" ? "its parents go in a circle" : "",
    early > 0 ? `${milliseconds(early)} before its parent` : "",
    span.service ?? "",
    span.operation?.replaceAll("_", " ") ?? "",
    span.named ?? "",
    span.firstTokenMs === null ? "" : `first token ${milliseconds(span.firstTokenMs)}`,
  ].filter(Boolean);
}
