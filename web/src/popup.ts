// What a click shows: the parcel's figures, why it is listed, what is wrong in its data.

import type { Survey } from "./survey";
import { el, number, t } from "./text";

export function fillPopup(box: HTMLElement, survey: Survey, row: number, close: () => void): void {
  const { parcels, grades } = survey;
  const button = el("button", { type: "button", "aria-label": t("close") }, "×");
  button.addEventListener("click", close);
  const name = (zones: { name: string }[], index: number) => (index < 0 ? t("none") : zones[index].name);
  const facts: [string, string][] = [
    [t("enterprise"), parcels.enterprise[row] ?? "–"],
    [t("industry"), parcels.industry[row] ?? "–"],
    [t("area"), parcels.mu[row] === null ? "–" : `${number(parcels.mu[row], 1)} ${t("mu")}`],
    [t("grade"), grades[parcels.grade[row]] === "T" ? `T ${t("notAssessable")}` : grades[parcels.grade[row]]],
    [t("score"), number(parcels.score[row], 2)],
    [t("rank"), number(parcels.rank[row], 0)],
    [t("track"), parcels.track[row] ?? "–"],
    [t("peers"), parcels.peer[row] ?? "–"],
    [t("district"), name(survey.districts, parcels.district[row])],
    [t("park"), name(survey.parks, parcels.park[row])],
    [t("zones"), parcels.layout[row].map((zone) => survey.layout[zone].name).join("、") || t("none")],
  ];
  const list = el("dl");
  for (const [term, value] of facts) list.append(el("dt", {}, term), el("dd", {}, value));
  const table = el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, t("indicator")), el("th", { class: "n" }, t("value")), el("th", { class: "n" }, t("points")))));
  const body = el("tbody");
  for (const indicator of survey.indicators) {
    const value = parcels.i[indicator.id]?.[row];
    if (value === null && parcels.s[indicator.id]?.[row] === null && parcels.score[row] !== null) continue;
    const unit = value === null || value === undefined || !indicator.unit ? "" : ` ${indicator.unit}`;
    body.append(el("tr", {}, el("td", {}, indicator.name), el("td", { class: "n" }, number(value, indicator.decimals) + unit), el("td", { class: "n" }, number(parcels.s[indicator.id]?.[row], 2))));
  }
  table.append(body);
  box.replaceChildren(el("div", { class: "popup-head" }, el("h2", {}, parcels.id[row]), button), list, table);
  if (parcels.reasons[row].length > 0) {
    const reasons = el("ul", { class: "reasons" });
    for (const index of parcels.reasons[row]) {
      const rule = survey.rules[index];
      reasons.append(el("li", {}, `${rule.code} ${rule.name}`, ...(rule.clause ? [el("small", {}, rule.clause)] : [])));
    }
    box.append(el("h3", {}, t("reasons")), reasons);
  }
  if (parcels.findings[row].length > 0) {
    const findings = el("ul");
    for (const index of parcels.findings[row]) findings.append(el("li", {}, `${survey.finding_codes[index].code} ${survey.finding_codes[index].title}`));
    box.append(el("h3", {}, t("findings")), findings);
  }
  box.hidden = false;
}
