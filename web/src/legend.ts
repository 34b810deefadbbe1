// The legend: colours, and how many parcels and how much land of each are shown, beside the whole.

import { checkbox, el, figure, mu } from "./dom";
import type { Filters } from "./filters";
import { gradeColour } from "./style";
import { NOT_ASSESSED, type Survey } from "./survey";
import { t } from "./text";

interface Sum {
  parcels: number;
  mu: number;
}

/** One sum a grade, then the listed, then all of them. */
function sums(survey: Survey, keep: (row: number) => boolean): Sum[] {
  const { parcels, grades } = survey;
  const found: Sum[] = Array.from({ length: grades.length + 2 }, () => ({ parcels: 0, mu: 0 }));
  const listed = found[grades.length];
  const all = found[grades.length + 1];
  for (let row = 0; row < parcels.count; row++) {
    if (!keep(row)) continue;
    for (const sum of parcels.listed[row] === 1 ? [found[parcels.grade[row]], listed, all] : [found[parcels.grade[row]], all]) {
      sum.parcels++;
      sum.mu += parcels.mu[row] ?? 0;
    }
  }
  return found;
}

/** Two figures in one cell: what is shown, and the whole. */
function pair(id: string, whole: string): [HTMLElement, HTMLElement] {
  const shown = el("span", { class: "shown", id });
  return [el("td", { class: "n" }, shown, " ", el("span", { class: "whole" }, `/ ${whole}`)), shown];
}

export function legend(survey: Survey, filters: Filters, shapeless: number): HTMLElement {
  const { grades } = survey;
  const whole = sums(survey, () => true);
  const cells: [HTMLElement, HTMLElement][] = [];
  const boxes: HTMLInputElement[] = [];
  const body = el("tbody");
  const line = (id: string, kind: string, heading: HTMLElement) => {
    const total = whole[cells.length];
    const [count, shownCount] = pair(`count-${id}`, figure(total.parcels, 0));
    const [land, shownLand] = pair(`mu-${id}`, mu(total.mu));
    cells.push([shownCount, shownLand]);
    body.append(el("tr", { class: kind }, heading, count, land));
  };
  grades.forEach((grade, place) => {
    const box = checkbox(`grade-${grade}`, true, (on) => filters.setGrade(place, on));
    boxes.push(box);
    const swatch = el("span", { class: "swatch" });
    swatch.style.backgroundColor = gradeColour(grade, place);
    const name = el("label", {}, box, swatch, el("b", {}, grade));
    if (grade === NOT_ASSESSED) name.append(el("small", {}, t("notAssessable")));
    line(grade, "grade", el("th", { scope: "row" }, name));
  });
  line("listed", "listed", el("th", { scope: "row" }, el("span", { class: "swatch outlined" }), t("listed")));
  line("all", "total", el("th", { scope: "row" }, t("total")));
  const head = el("tr", {}, el("td", { class: "quiet" }, t("gradesOf")), el("th", { class: "n", scope: "col" }, t("parcels")), el("th", { class: "n", scope: "col" }, t("muColumn")));
  const update = () => {
    sums(survey, filters.passes).forEach((sum, place) => {
      cells[place][0].textContent = figure(sum.parcels, 0);
      cells[place][1].textContent = mu(sum.mu);
    });
    boxes.forEach((box, place) => (box.checked = filters.grades[place]));
  };
  filters.whenChanged(update);
  update();
  const notes = [t("muNote")];
  if (shapeless > 0) notes.push(`${figure(shapeless, 0)} ${t("shapeless")}`);
  return el("section", { class: "block", id: "legend" }, el("h2", {}, t("grades")), el("table", {}, el("thead", {}, head), body), el("p", { class: "quiet" }, notes.join(t("semicolon"))));
}
