// Which parcels are shown.

import type { Survey } from "./survey";
import { el, t } from "./text";

export class Filters {
  grades: boolean[];
  district = -1;
  listedOnly = false;

  constructor(private survey: Survey, private changed: () => void) {
    this.grades = survey.grades.map(() => true);
  }

  passes(row: number): boolean {
    const { parcels } = this.survey;
    return this.grades[parcels.grade[row]] && (this.district < 0 || parcels.district[row] === this.district) && (!this.listedOnly || parcels.listed[row] === 1);
  }

  /** District and listed-only; the grades are switched in the legend. */
  element(): HTMLElement {
    const district = el("select", { id: "district" }, el("option", { value: "-1" }, t("all")));
    this.survey.districts.forEach((zone, i) => district.append(el("option", { value: String(i) }, zone.name)));
    district.addEventListener("change", () => {
      this.district = Number(district.value);
      this.changed();
    });
    const listed = el("input", { type: "checkbox", id: "listed-only" });
    listed.addEventListener("change", () => {
      this.listedOnly = listed.checked;
      this.changed();
    });
    const box = el("div", { class: "block" }, el("h2", {}, t("filter")));
    if (this.survey.districts.length > 0) box.append(el("label", { class: "row" }, el("span", {}, t("district")), district));
    box.append(el("label", { class: "row" }, listed, el("span", {}, t("listedOnly"))));
    return box;
  }
}
