// Elements and figures. Text from the data only ever becomes text nodes and attributes that hold text.

export const MISSING = "–";

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** An element of the page's own markup. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}

export function checkbox(id: string, checked: boolean, changed: (on: boolean) => void): HTMLInputElement {
  const box = el("input", { type: "checkbox", id });
  box.checked = checked;
  box.addEventListener("change", () => changed(box.checked));
  return box;
}

const formats = new Map<number, Intl.NumberFormat>();

/** A number with thousands separators; a missing one is a dash, never 0. */
export function figure(x: number | null | undefined, decimals: number): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return MISSING;
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  const text = format.format(x);
  // A small negative number must not read as "-0.0".
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}

/** An area in mu, without its unit. */
export function mu(x: number | null | undefined): string {
  return figure(x, 1);
}
