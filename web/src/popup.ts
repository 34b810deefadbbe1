// What a click shows: the parcel's figures, why it is listed, and what is wrong in its data.

import { MISSING, el, figure, mu } from "./dom";
import { gradeColour } from "./style";
import { NOT_ASSESSED, type Survey, type Zone } from "./survey";
import { t } from "./text";

function zoneName(zones: Zone[], place: number): string {
  return zones[place]?.name ?? MISSING;
}

function heading(survey: Survey, row: number, close: () => void): HTMLElement {
  const { parcels, grades } = survey;
  const grade = grades[parcels.grade[row]];
  const button = el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close") }, "×");
  button.addEventListener("click", close);
  const swatch = el("span", { class: "swatch" });
  swatch.style.backgroundColor = gradeColour(grade, parcels.grade[row]);
  const tags = el("div", { class: "tags" }, el("span", { class: "tag" }, swatch, `${t("grade")} ${grade}${grade === NOT_ASSESSED ? ` ${t("notAssessable")}` : ""}`));
  if (parcels.listed[row] === 1) tags.append(el("span", { class: "tag strong" }, t("listedLong")));
  return el("div", { class: "popup-head" }, el("div", {}, el("h2", { tabindex: "-1" }, parcels.id[row]), tags), button);
}

function facts(survey: Survey, row: number): HTMLElement {
  const { parcels } = survey;
  const area = mu(parcels.mu[row]);
  const lines: [string, string][] = [
    [t("enterprise"), parcels.enterprise[row] ?? MISSING],
    [t("industry"), parcels.industry[row] ?? MISSING],
    [t("area"), area === MISSING ? MISSING : `${area} ${t("mu")}`],
    [t("score"), figure(parcels.score[row], 2)],
    [t("rank"), figure(parcels.rank[row], 0)],
    ...(parcels.firmness ? [[t("firmness"), parcels.firmness[row] ?? MISSING] as [string, string]] : []),
    [t("track"), parcels.track[row] ?? MISSING],
    [t("peers"), parcels.peer[row] ?? MISSING],
    [t("district"), zoneName(survey.districts, parcels.district[row])],
    [t("park"), zoneName(survey.parks, parcels.park[row])],
    [t("zones"), parcels.layout[row].map((place) => zoneName(survey.layout, place)).join(t("comma")) || MISSING],
  ];
  const list = el("dl");
  for (const [term, value] of lines) list.append(el("dt", {}, term), el("dd", {}, value));
  return list;
}

function reasons(survey: Survey, row: number): Node[] {
  const found = survey.parcels.reasons[row];
  if (found.length === 0) return [];
  const list = el("ul");
  for (const place of found) {
    const rule = survey.rules[place];
    if (!rule) continue;
    const line = el("li", {}, el("b", {}, rule.name), " ", el("code", {}, rule.code));
    if (rule.clause) line.append(el("small", {}, rule.clause));
    list.append(line);
  }
  return [el("section", { class: "reasons" }, el("h3", {}, t("reasons")), list)];
}

function indicators(survey: Survey, row: number): HTMLElement {
  const { parcels } = survey;
  const body = el("tbody");
  for (const { id, name, unit, decimals } of survey.indicators) {
    const value = el("td", { class: "n" }, figure(parcels.i[id]?.[row], decimals));
    const points = el("td", { class: "n" }, figure(parcels.s[id]?.[row], 2));
    const title = el("th", { scope: "row" }, name);
    if (unit) title.append(el("small", {}, unit));
    body.append(el("tr", {}, title, value, points));
  }
  const head = el("tr", {}, el("th", { scope: "col" }, t("indicator")), el("th", { class: "n", scope: "col" }, t("value")), el("th", { class: "n", scope: "col" }, t("points")));
  return el("table", { class: "indicators" }, el("thead", {}, head), body);
}

function findings(survey: Survey, row: number): Node[] {
  const found = survey.parcels.findings[row];
  if (found.length === 0) return [];
  const list = el("ul");
  for (const place of found) {
    const finding = survey.finding_codes[place];
    if (finding) list.append(el("li", {}, finding.title, " ", el("code", {}, finding.code)));
  }
  return [el("h3", {}, t("findings")), list];
}

export function fillPopup(box: HTMLElement, survey: Survey, row: number, close: () => void): void {
  box.replaceChildren(
    heading(survey, row, close),
    ...reasons(survey, row),
    facts(survey, row),
    indicators(survey, row),
    ...findings(survey, row),
  );
  box.scrollTop = 0;
  box.hidden = false;
}
