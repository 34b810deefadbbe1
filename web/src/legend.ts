// The legend: colours, counts and mu of what is shown, beside the whole.

import type { Filters } from "./filters";
import { LISTED, gradeColour } from "./layers";
import type { Survey } from "./survey";
import { el, number, t } from "./text";

interface Sum { parcels: number; mu: number }

function sums(survey: Survey, keep: (row: number) => boolean): { grades: Sum[]; listed: Sum } {
  const { parcels } = survey;
  const grades = survey.grades.map(() => ({ parcels: 0, mu: 0 }));
  const listed = { parcels: 0, mu: 0 };
  for (let row = 0; row < parcels.count; row++) {
    if (!keep(row)) continue;
    const mu = parcels.mu[row] ?? 0;
    const grade = grades[parcels.grade[row]];
    grade.parcels++;
    grade.mu += mu;
    if (parcels.listed[row]) {
      listed.parcels++;
      listed.mu += mu;
    }
  }
  return { grades, listed };
}

/** The legend and the function that brings its figures up to date. */
export function legend(survey: Survey, filters: Filters, changed: () => void): [HTMLElement, () => void] {
  const whole = sums(survey, () => true);
  const body = el("tbody");
  const shown: [HTMLElement, HTMLElement][] = [];
  const line = (key: HTMLElement, name: Node, total: Sum, id: string) => {
    const count = el("td", { class: "n", id: `count-${id}` });
    const mu = el("td", { class: "n" });
    shown.push([count, mu]);
    const all = `${number(total.parcels, 0)} / ${number(total.mu, 1)}`;
    body.append(el("tr", { title: all }, el("td", {}, key), el("td", {}, name), count, mu));
  };
  survey.grades.forEach((grade, i) => {
    const box = el("input", { type: "checkbox", id: `grade-${grade}` });
    box.checked = true;
    box.addEventListener("change", () => {
      filters.grades[i] = box.checked;
      changed();
    });
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = gradeColour(grade, i);
    const name = grade === "T" ? `T ${t("notAssessable")}` : grade;
    line(box, el("label", { for: `grade-${grade}` }, swatch, name), whole.grades[i], grade);
  });
  const outline = el("span", { class: "swatch" });
  outline.style.border = `2px solid ${LISTED}`;
  line(el("span"), el("span", {}, outline, t("listed")), whole.listed, "listed");
  const header = el("tr", {}, el("th"), el("th"), el("th", { class: "n" }, t("parcels")), el("th", { class: "n" }, t("mu")));
  const total = el("p", { class: "quiet", id: "shown" });
  const update = () => {
    const now = sums(survey, (row) => filters.passes(row));
    [...now.grades, now.listed].forEach((sum, i) => {
      shown[i][0].textContent = number(sum.parcels, 0);
      shown[i][1].textContent = number(sum.mu, 1);
    });
    const count = now.grades.reduce((n, sum) => n + sum.parcels, 0);
    total.textContent = `${t("shown")} ${number(count, 0)} / ${number(survey.parcels.count, 0)} ${t("parcels")}`;
  };
  update();
  return [el("div", { class: "block" }, el("h2", {}, t("grades")), el("table", {}, el("thead", {}, header), body), total), update];
}
