import js from "@eslint/js";
import globals from "globals";

// What Gradio, and the Python that writes these scripts into a page, give to them.
const GIVEN = ["element", "props", "trigger", "watch", "SketchPad", "addTools", "NAMES"];

export default [
  { ignores: [".venv*/", "build/"] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-shadow": "error",
      "no-unused-private-class-members": "off", // it takes no notice of ||=
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  // tsc knows the globals of a page, a Worker and a service worker.
  { files: ["web/**"], rules: { "no-undef": "off" } },
  {
    // A number that means something has a name in Python, and comes with the model.
    files: ["web/{adaptation,alternatives}.js", "web/{numbers,preprocessing}/**"],
    rules: { "no-magic-numbers": ["error", { ignore: [-1, 0, 0.5, 1, 2, 255] }] },
  },
  {
    files: ["interface/**"],
    // Gradio makes functions of them, whose names are their own.
    rules: { "no-redeclare": ["error", { builtinGlobals: false }] },
    languageOptions: {
      sourceType: "script",
      globals: {
        ...globals.browser,
        ...Object.fromEntries(GIVEN.map((name) => [name, "readonly"])),
      },
    },
  },
  { files: ["tests/**"], languageOptions: { globals: globals.node } },
];
