import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { styleNonce } from "../../api/base";
import { type LakeTable, namespace } from "./tables";

interface Props {
  value: string;
  onChange: (text: string) => void;
  onRun: (text: string) => void;
  tables: readonly LakeTable[];
}

/** Colours are the page's own, so that they follow it from light to dark. */
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--current)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#0a7d4e, #2bb98c)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--watch)" },
  { tag: tags.comment, color: "var(--dim)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { minHeight: "8.5rem", maxHeight: "45vh" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": { background: "transparent", color: "var(--dim)", border: "none" },
  ".cm-placeholder": { color: "var(--dim)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--current) 25%, transparent) !important" },
  ".cm-tooltip": { background: "var(--mantine-color-body)", color: "var(--mantine-color-text)", border: "1px solid var(--mantine-color-default-border)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--current)", color: "var(--mantine-color-body)" },
  ".cm-completionDetail": { opacity: "0.8", marginLeft: "1em" },
});

const words = (tables: readonly LakeTable[]) => sql({ dialect: PostgreSQL, schema: namespace(tables), upperCaseKeywords: true });

/** Where statements are written. Tab moves on, as everywhere; it does not indent. */
export default function SqlEditor({ value, onChange, onRun, tables }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const told = useRef({ onChange, onRun });
  const first = useRef({ value, tables });
  useEffect(() => {
    told.current = { onChange, onRun };
  });
  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const run = (own: EditorView) => {
      told.current.onRun(own.state.doc.toString());
      return true;
    };
    const made = new EditorView({
      parent,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          EditorView.cspNonce.of(styleNonce()),
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          language.current.of(words(first.current.tables)),
          syntaxHighlighting(colours),
          look,
          EditorView.lineWrapping,
          placeholder("SELECT …"),
          EditorView.contentAttributes.of({ "aria-label": "Statement" }),
          keymap.of([{ key: "Mod-Enter", run }, ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) told.current.onChange(update.state.doc.toString());
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
    view.current?.dispatch({ effects: language.current.reconfigure(words(tables)) });
  }, [tables]);
  useEffect(() => {
    const own = view.current;
    if (!own || own.state.doc.toString() === value) return;
    own.dispatch({ changes: { from: 0, to: own.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={host} data-editor />;
}
