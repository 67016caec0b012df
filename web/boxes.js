// A number's digits with a box around each, over the picture in which they were found.

const svg = document.querySelector("#boxes");

/** Show the boxes of digits in an image of a size, which the pad shows in its middle. */
export function showBoxes(digits, { width, height }) {
  const side = Math.max(width, height);
  svg.setAttribute("viewBox", `${(width - side) / 2} ${(height - side) / 2} ${side} ${side}`);
  svg.replaceChildren(...digits.flatMap(drawDigit));
}

export function hideBoxes() {
  svg.replaceChildren();
}

/** Draw the box of a digit with its label in the top left corner. */
function drawDigit({ label, box: [x, y, width, height] }) {
  const name = create("text", { x, y, "font-size": height / 4 });
  name.textContent = label;
  return [create("rect", { x, y, width, height }), name];
}

function create(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value.toFixed(1));
  return element;
}
