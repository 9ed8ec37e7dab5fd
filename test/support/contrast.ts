// Contrast as WCAG 2 reckons it, of all text that a page shows: the script runs in the page, and names what is too faint.

/** Text: 4.5 to 1, large text 3 to 1. */
export const FAINT_TEXTS = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
  const behind = (element) => {
    if (!element) return rgba(getComputedStyle(document.documentElement).colorScheme.includes('dark') ? '#000' : '#fff');
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (text === '' || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest('.visually-hidden, script, option')) continue;
    seen += 1;
    const style = getComputedStyle(element);
    const color = element.closest('svg') ? style.fill : style.color;
    const below = behind(element);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(over(rgba(color), below), below);
    if (found < (large ? 3 : 4.5)) faint.push(element.tagName + '.' + element.getAttribute('class') + ' "' + text.slice(0, 30) + '" ' + found.toFixed(2));
  }
  return { seen, faint };
})()`;

/** What a browser knows of controls: those without a name, those too small to hit, and ids that are there twice. */
export const CONTROL_FAULTS = `(() => {
  const faults = [];
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) faults.push('twice: #' + id);
  for (const control of document.querySelectorAll('a, button, input, textarea, select, summary, [tabindex="0"]')) {
    if (!control.checkVisibility()) continue;
    const labelled = (control.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent);
    const label = control.ariaLabel ?? (labelled.join('') || [...(control.labels ?? [])].map((each) => each.textContent).join(''));
    const name = (label || (control.matches('input, textarea, select') ? '' : control.textContent)).trim();
    if (name === '') faults.push('no name: ' + control.outerHTML.slice(0, 80));
    if (control.tabIndex > 0) faults.push('tabindex: ' + control.outerHTML.slice(0, 80));
    const { width, height } = control.getBoundingClientRect();
    if (!control.matches('p a, code a') && (width < 24 || height < 24)) faults.push('small: ' + name + ' ' + width + 'x' + height);
  }
  for (const picture of document.querySelectorAll('svg')) {
    if (!picture.closest('[aria-hidden=true]') && !(picture.role === 'img' && picture.ariaLabel)) faults.push('no words for a picture');
  }
  return faults;
})()`;
