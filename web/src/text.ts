// The words of the page in both languages.

const words = {
  schematic: ["示意数据", "Schematic data"],
  schematicMore: ["不代表真实边界", "not real boundaries"],
  illustrative: ["示例规则", "Illustrative rulebook"],
  illustrativeMore: ["非公布标准", "not a published standard"],
  grades: ["等级", "Grades"],
  gradesOf: ["图中 / 全部", "shown / all"],
  notAssessable: ["不予评价", "not assessed"],
  listed: ["低效用地", "Listed"],
  listedLong: ["列入低效用地清单", "Listed as inefficient"],
  total: ["合计", "All"],
  parcels: ["宗", "Parcels"],
  mu: ["亩", "mu"],
  muColumn: ["亩", "Mu"],
  muNote: ["1 亩 ≈ 666.67 平方米", "1 mu ≈ 666.67 m²"],
  of: ["共", "of"],
  shapeless: ["宗无可用图形，图上不显示", "without a usable shape, not drawn"],
  filter: ["筛选", "Filter"],
  reset: ["清除筛选", "Clear filters"],
  district: ["行政区", "District"],
  all: ["全部", "All"],
  outside: ["不在任何区内", "Outside every district"],
  listedOnly: ["仅显示低效用地", "Listed parcels only"],
  find: ["查找宗地代码", "Find a parcel by id"],
  findButton: ["查找", "Find"],
  notFound: ["没有该宗地", "No such parcel"],
  noShape: ["该宗地没有可用图形", "This parcel has no usable shape"],
  filteredOut: ["该宗地不符合当前筛选条件", "The current filter leaves this parcel out"],
  layers: ["图层", "Layers"],
  parcelsLayer: ["宗地", "Parcels"],
  districts: ["行政区", "Districts"],
  parks: ["产业园区", "Industrial parks"],
  layout: ["空间布局", "Spatial layout"],
  close: ["关闭", "Close"],
  details: ["宗地信息", "Parcel details"],
  enterprise: ["企业", "Enterprise"],
  industry: ["行业", "Industry"],
  area: ["面积", "Area"],
  grade: ["等级", "Grade"],
  score: ["总分", "Score"],
  rank: ["名次", "Rank"],
  firmness: ["稳定性（抽样占比）", "Firmness (share of draws)"],
  park: ["园区", "Park"],
  zones: ["布局分区", "Layout"],
  track: ["评价类别", "Track"],
  peers: ["同业组", "Peers"],
  indicator: ["指标", "Indicator"],
  value: ["数值", "Value"],
  points: ["得分", "Points"],
  reasons: ["列入理由", "Why it is listed"],
  clause: ["依据", "Clause"],
  findings: ["数据问题", "Findings in its data"],
  source: ["数据来源", "Source"],
  rulebook: ["评价规则", "Rulebook"],
  statutory: ["亩均按法定面积计算", "per mu of statutory area"],
  geodesic: ["亩均按测地面积计算", "per mu of geodesic area"],
  stated: ["亩均按登记面积计算", "per mu of stated area"],
  north: ["北", "N"],
  zoomIn: ["放大", "Zoom in"],
  zoomOut: ["缩小", "Zoom out"],
  whole: ["全图", "Whole map"],
  mapHelp: [
    "地图：方向键平移，加减号缩放，回车选取中心处的宗地",
    "Map: arrow keys move it, plus and minus zoom, Enter selects the parcel at its centre",
  ],
  comma: ["、", ", "],
  semicolon: ["；", "; "],
} as const;

export type Word = keyof typeof words;
export type Lang = "zh" | "en";

let column: 0 | 1 = 0;

export function setLanguage(lang: Lang): void {
  column = lang === "en" ? 1 : 0;
  document.documentElement.lang = lang === "en" ? "en" : "zh-CN";
}

export function t(word: Word): string {
  return words[word][column];
}

/** What a survey calls its area, as a sentence part; a name we do not know is shown as it is. */
export function areaText(area: string): string {
  return area === "statutory" || area === "geodesic" || area === "stated" ? t(area) : area;
}
