import js from "@eslint/js";
import globals from "globals";

// What Gradio, and the Python that writes these scripts into a page, give to them.
const GRADIO = ["element", "props", "trigger", "watch", "server", "SketchPad", "TEXTS"];

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
    files: ["interface/**"],
    languageOptions: {
      sourceType: "script",
      globals: {
        ...globals.browser,
        ...Object.fromEntries(GRADIO.map((name) => [name, "readonly"])),
      },
    },
  },
  { files: ["tests/**"], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
];
