// Words in both languages, and how numbers are written.

const words = {
  schematic: ["示意数据，不代表真实边界", "Schematic data, no real boundaries"],
  illustrative: ["示例规则，非公布标准", "Illustrative rulebook, not a published standard"],
  grades: ["等级", "Grades"],
  listed: ["低效用地", "Listed as inefficient"],
  parcels: ["宗", "parcels"],
  mu: ["亩", "mu"],
  shown: ["显示", "shown"],
  filter: ["筛选", "Filter"],
  district: ["区", "District"],
  all: ["全部", "All"],
  listedOnly: ["仅低效用地", "Listed only"],
  find: ["查找宗地代码", "Find a parcel id"],
  notFound: ["没有该宗地", "No such parcel"],
  noShape: ["该宗地没有可用图形", "This parcel has no usable shape"],
  layers: ["图层", "Layers"],
  parcelsLayer: ["宗地", "Parcels"],
  districts: ["行政区", "Districts"],
  parks: ["产业园区", "Parks"],
  layout: ["空间布局（极、带）", "Layout (pole, belts)"],
  close: ["关闭", "Close"],
  enterprise: ["企业", "Enterprise"],
  industry: ["行业", "Industry"],
  area: ["面积", "Area"],
  grade: ["等级", "Grade"],
  score: ["得分", "Score"],
  rank: ["名次", "Rank"],
  park: ["园区", "Park"],
  zones: ["布局分区", "Layout zones"],
  track: ["类别", "Track"],
  peers: ["同组", "Peers"],
  indicator: ["指标", "Indicator"],
  value: ["数值", "Value"],
  points: ["得分", "Points"],
  reasons: ["列入理由", "Why it is listed"],
  findings: ["数据问题", "Findings in its data"],
  source: ["数据来源", "Source"],
  rulebook: ["规则", "Rulebook"],
  divisor: ["除数面积", "area"],
  none: ["无", "none"],
  north: ["北", "N"],
  notAssessable: ["不予评价", "not assessable"],
  statutory: ["法定面积", "statutory"],
  geodesic: ["测地面积", "geodesic"],
  stated: ["登记面积", "stated"],
} as const;

let column: 0 | 1 = 0;

export function setLanguage(lang: "zh" | "en"): void {
  column = lang === "zh" ? 0 : 1;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}

export function t(word: keyof typeof words): string {
  return words[word][column];
}

/** A number with thousands separators; missing is a dash, never 0. */
export function number(x: number | null | undefined, decimals: number): string {
  return x === null || x === undefined ? "–" : x.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** An element with text and children; text is never read as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}, ...content: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}
