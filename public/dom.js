// Making elements without parsing HTML: what comes in as text stays text.

/** An HTML element; `className` may be empty. */
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** A button that does nothing to a form. */
export function button(className, label, act) {
  const node = element('button', className, label);
  node.type = 'button';
  node.addEventListener('click', act);
  return node;
}

/** An SVG element. */
export function shape(name, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Writes a text only where it differs: the same words, written again, would be read out again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
