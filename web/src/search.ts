// Finding a parcel by its id.

import { el } from "./dom";
import type { Survey } from "./survey";
import { t } from "./text";

const SUGGESTIONS = 12;

/** The rows whose id holds the text, those that begin with it first. */
function matches(ids: string[], text: string, most: number): number[] {
  const wanted = text.toLowerCase();
  const [begin, hold]: [number[], number[]] = [[], []];
  for (let row = 0; row < ids.length && begin.length < most; row++) {
    const place = ids[row].toLowerCase().indexOf(wanted);
    if (place === 0) begin.push(row);
    else if (place > 0 && hold.length < most) hold.push(row);
  }
  return [...begin, ...hold].slice(0, most);
}

/** `found` shows the row and says what there is to say about it. */
export function search(survey: Survey, found: (row: number) => string): HTMLElement {
  const ids = survey.parcels.id;
  const input = el("input", { type: "search", id: "search", placeholder: t("find"), "aria-label": t("find"), list: "ids", autocomplete: "off", spellcheck: "false" });
  const list = el("datalist", { id: "ids" });
  const note = el("p", { class: "quiet", role: "status" });
  input.addEventListener("input", () => {
    note.textContent = "";
    const text = input.value.trim();
    list.replaceChildren(...(text === "" ? [] : matches(ids, text, SUGGESTIONS).map((row) => el("option", { value: ids[row] }))));
  });
  const form = el("form", { class: "block find", role: "search" }, el("div", { class: "row" }, input, el("button", { type: "submit" }, t("findButton"))), list, note);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === "") return;
    const exact = ids.indexOf(text);
    const row = exact >= 0 ? exact : (matches(ids, text, 1)[0] ?? -1);
    if (row >= 0) input.value = ids[row];
    note.textContent = row < 0 ? t("notFound") : found(row);
  });
  return form;
}
