// The constants of the Python modules, by module and name: model.bin brings their values.
// They belong to the code and not to a model, so they are the same for all models of a page.
export const constants = {
  grayscale: {},
  illumination: {},
  lines: {},
  clutter: {},
  foreground: {},
  normalization: {},
  "numbers.foreground": {},
  "numbers.boxes": {},
  "numbers.ruling": {},
  "numbers.components": {},
  "numbers.cuts": {},
  "numbers.segments": {},
  "numbers.signals": {},
  "numbers.lattice": {},
  "numbers.number": {},
};

export function setConstants(values) {
  for (const [module, group] of Object.entries(constants)) Object.assign(group, values[module]);
}
