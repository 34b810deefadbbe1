// Opens a map as a person would, from file:// with the network off: node web/test/map.test.mjs map.html [screenshot.png]
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { chromium } from "playwright-core";

const [file, screenshot] = process.argv.slice(2);
const html = await readFile(file, "utf8");
const survey = JSON.parse(html.split('<script type="application/json" id="survey">')[1].split("</script>")[0]);
const { parcels } = survey;
const rows = [...Array(parcels.count).keys()];

let passed = 0;
const failures = [];
function check(what, ok, seen = "") {
  if (ok) passed++;
  else failures.push(`${what} ${seen}`);
  console.log(`${ok ? "ok  " : "FAIL"} ${what} ${ok ? "" : seen}`);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
const page = await context.newPage();
const problems = [];
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
await page.goto(pathToFileURL(resolve(file)).href);
await page.waitForFunction(() => window.mujun?.ready, null, { timeout: 60000 });

check("every parcel is counted at first", (await page.evaluate(() => window.mujun.visibleCount())) === parcels.count);
const colours = await page.evaluate(() => {
  const seen = new Set();
  for (const canvas of document.querySelectorAll("#map canvas")) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4 * 97) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`);
  }
  return seen.size;
});
check("the map is drawn in several colours", colours > 10, `${colours} colours`);
const figure = async (id) => Number((await page.textContent(`#count-${id}`)).replaceAll(",", ""));
for (const [g, grade] of survey.grades.entries()) {
  const expected = rows.filter((row) => parcels.grade[row] === g).length;
  check(`the legend counts grade ${grade}`, (await figure(grade)) === expected, `${await figure(grade)} instead of ${expected}`);
}
const listed = rows.filter((row) => parcels.listed[row]);
check("the legend counts the listed", (await figure("listed")) === listed.length);
check("the title is shown", (await page.textContent("h1")) === survey.title);
const banners = await page.locator(".banner").count();
check("banners say what is schematic and what is illustrative", banners === Number(survey.schematic) + Number(survey.illustrative));
check("scale bar, north arrow and sources are there", (await page.locator(".ol-scale-line-inner").count()) === 1 && (await page.locator(".north").count()) === 1 && (await page.textContent("#foot")).includes(survey.rulebook.name));

const first = survey.grades.findIndex((_, g) => rows.some((row) => parcels.grade[row] === g));
await page.uncheck(`#grade-${survey.grades[first]}`);
const without = rows.filter((row) => parcels.grade[row] !== first).length;
check("a grade can be left out", (await page.evaluate(() => window.mujun.visibleCount())) === without);
await page.check(`#grade-${survey.grades[first]}`);

if (survey.districts.length > 0) {
  const district = survey.districts.findIndex((_, d) => rows.some((row) => parcels.district[row] === d));
  await page.selectOption("#district", String(district));
  const inside = rows.filter((row) => parcels.district[row] === district).length;
  check("a district can be chosen", (await page.evaluate(() => window.mujun.visibleCount())) === inside);
  await page.selectOption("#district", "-1");
}
await page.check("#listed-only");
check("the listed can be shown alone", (await page.evaluate(() => window.mujun.visibleCount())) === listed.length);
await page.uncheck("#listed-only");

await page.waitForTimeout(300);
if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-city.png") });
const target = listed.find((row) => parcels.rings[row].length > 0 && parcels.rings[row].length === 1);
if (target !== undefined) {
  const [x, y] = await page.evaluate((row) => window.mujun.pixelOf(row), target);
  await page.mouse.click(x, y);
  await page.waitForSelector("#popup:not([hidden])");
  const text = await page.textContent("#popup");
  check("a click shows the parcel", text.includes(parcels.id[target]), text.slice(0, 80));
  check("and why it is listed", parcels.reasons[target].every((rule) => text.includes(survey.rules[rule].code)));
  check("and its grade among the figures", text.includes(survey.grades[parcels.grade[target]]));
  await page.waitForTimeout(300);
  if (screenshot) await page.screenshot({ path: screenshot });
  await page.keyboard.press("Escape");
  check("Escape closes it", await page.isHidden("#popup"));
}
await page.setViewportSize({ width: 390, height: 800 });
await page.waitForTimeout(300);
const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
check("a narrow window needs no sideways scrolling", overflow <= 0, `${overflow} px`);
if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-narrow.png") });
check("no errors on the console, nothing asked of the network", problems.length === 0, problems.join("; "));
await browser.close();

console.log(`map: ${passed} checks passed${failures.length > 0 ? `, ${failures.length} failed` : ""}`);
process.exit(failures.length > 0 ? 1 : 0);
