// Which parcels are shown.

import { checkbox, el } from "./dom";
import type { Survey } from "./survey";
import { t } from "./text";

const EVERY = -2;
const OUTSIDE = -1;

export class Filters {
  readonly grades: boolean[];
  private district = EVERY;
  private listedOnly = false;
  private readonly shown: Uint8Array;
  private total = 0;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly survey: Survey) {
    this.grades = survey.grades.map(() => true);
    this.shown = new Uint8Array(survey.parcels.count);
    this.apply();
  }

  readonly passes = (row: number): boolean => this.shown[row] === 1;

  get count(): number {
    return this.total;
  }

  /** Whether anything is left out by choice. */
  get active(): boolean {
    return this.listedOnly || this.district !== EVERY || this.grades.includes(false);
  }

  whenChanged(listener: () => void): void {
    this.listeners.push(listener);
  }

  setGrade(place: number, on: boolean): void {
    this.grades[place] = on;
    this.changed();
  }

  private changed(): void {
    this.apply();
    for (const listener of this.listeners) listener();
  }

  private apply(): void {
    const { parcels } = this.survey;
    this.total = 0;
    for (let row = 0; row < parcels.count; row++) {
      const inDistrict = this.district === EVERY || parcels.district[row] === this.district;
      const passes = this.grades[parcels.grade[row]] && inDistrict && (!this.listedOnly || parcels.listed[row] === 1);
      this.shown[row] = passes ? 1 : 0;
      if (passes) this.total++;
    }
  }

  /** The district and listed-only; grades are switched in the legend. */
  element(): HTMLElement {
    const { districts, parcels } = this.survey;
    const district = el("select", { id: "district" }, el("option", { value: String(EVERY) }, t("all")));
    districts.forEach((zone, place) => district.append(el("option", { value: String(place) }, zone.name)));
    if (parcels.district.includes(OUTSIDE)) district.append(el("option", { value: String(OUTSIDE) }, t("outside")));
    district.addEventListener("change", () => {
      this.district = Number(district.value);
      this.changed();
    });
    const listed = checkbox("listed-only", false, (on) => {
      this.listedOnly = on;
      this.changed();
    });
    const reset = el("button", { type: "button", id: "reset", class: "plain" }, t("reset"));
    reset.addEventListener("click", () => {
      this.grades.fill(true);
      this.district = EVERY;
      this.listedOnly = false;
      district.value = String(EVERY);
      listed.checked = false;
      this.changed();
    });
    const showReset = () => reset.classList.toggle("off", !this.active);
    this.whenChanged(showReset);
    showReset();
    const box = el("section", { class: "block" }, el("div", { class: "block-head" }, el("h2", {}, t("filter")), reset));
    if (districts.length > 0) box.append(el("label", { class: "row" }, el("span", {}, t("district")), district));
    box.append(el("label", { class: "row" }, listed, el("span", {}, t("listedOnly"))));
    return box;
  }
}
