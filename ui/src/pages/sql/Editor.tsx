import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { styleNonce } from "../../api/base";
import { models, schemas } from "../../api/queries";

interface Props {
  value: string;
  onChange: (value: string) => void;
  onRun: () => void;
}

/** The editor's own colours are of a light page: on a dark one only weight and slant tell words apart. */
const plain = HighlightStyle.define(defaultHighlightStyle.specs.map(({ tag, fontStyle }) => ({ tag, fontStyle })));
const MODELS_MAX = 30;

/** Names that the editor completes: each model's tables and their columns. */
function useNames(): Record<string, Record<string, string[]>> {
  const known = useQuery(models).data ?? [];
  return useQueries({
    queries: known.slice(0, MODELS_MAX).map((m) => schemas(m.name)),
    combine: (all) =>
      Object.fromEntries(
        all.flatMap(({ data }, at) => {
          const name = known[at]?.name;
          if (!data || !name) return [];
          const tables = data.map((t) => [t.table, (t.columns as unknown as { name: string }[]).map((c) => c.name)]);
          return [[name, Object.fromEntries(tables) as Record<string, string[]>]];
        }),
      ),
  });
}

export default function Editor({ value, onChange, onRun }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const colours = useRef(new Compartment());
  const names = useNames();
  const scheme = useComputedColorScheme("light");
  const latest = useRef({ onChange, onRun, value });
  useEffect(() => {
    latest.current = { onChange, onRun, value };
  });
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new EditorView({
      parent: element,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          EditorView.cspNonce.of(styleNonce()),
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          language.current.of(sql({ dialect: PostgreSQL })),
          colours.current.of([]),
          keymap.of([{ key: "Mod-Enter", run: () => (latest.current.onRun(), true) }, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL statement" }),
          EditorView.theme({ ".cm-content": { minHeight: "120px" }, ".cm-gutters": { background: "transparent", border: "none", color: "var(--dim)" }, ".cm-scroller": { maxHeight: "320px", overflow: "auto" } }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: PostgreSQL, schema: names })) });
  }, [names]);
  useEffect(() => {
    const highlight = scheme === "dark" ? plain : defaultHighlightStyle;
    view.current?.dispatch({ effects: colours.current.reconfigure([syntaxHighlighting(highlight), EditorView.theme({}, { dark: scheme === "dark" })]) });
  }, [scheme]);
  useEffect(() => {
    const own = view.current;
    if (!own || own.state.doc.toString() === value) return;
    own.dispatch({ changes: { from: 0, to: own.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={host} />;
}
