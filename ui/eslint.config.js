import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts", "test-results", "screenshots"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  jsxA11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      // The rest of that set is for the compiler of React, which is not used.
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "max-lines": ["error", { max: 400 }],
      "no-console": "error",
      // Names of features and classes are hostile input: only ever text nodes.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Names are hostile input." },
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: "Names are hostile input." },
      ],
    },
  },
  { files: ["*.js", "scripts/*.mjs", "public/*.js"], ...tseslint.configs.disableTypeChecked },
  { files: ["scripts/*.mjs", "public/*.js"], languageOptions: { globals: { process: "readonly", console: "readonly", document: "readonly", localStorage: "readonly", matchMedia: "readonly", fetch: "readonly", URL: "readonly", Buffer: "readonly" } }, rules: { "no-console": "off" } },
);
