// Opens a map as a person would, from file:// with the network off: node web/test/map.test.mjs map.html [screenshot.png]
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, screenshot] = process.argv.slice(2);
if (!file) {
  console.error("usage: node web/test/map.test.mjs map.html [screenshot.png]");
  process.exit(1);
}
const html = await readFile(file, "utf8");
const survey = JSON.parse(html.split('<script type="application/json" id="survey">')[1].split("</script>")[0]);
const { parcels } = survey;
const rows = [...Array(parcels.count).keys()];
const gradeOf = (row) => (typeof parcels.grade[row] === "number" ? survey.grades[parcels.grade[row]] : parcels.grade[row]);
const grades = survey.grades ?? [...new Set(rows.map(gradeOf))].sort();
const drawn = (row) => parcels.rings[row].some((ring) => ring.length >= 6);
const count = (keep) => rows.filter(keep).length;
const mu = (keep) => rows.filter(keep).reduce((sum, row) => sum + (parcels.mu[row] ?? 0), 0);

let passed = 0;
let failed = 0;
function check(what, ok, seen = "") {
  if (ok) passed++;
  else failed++;
  console.log(ok ? `ok   ${what}` : `FAIL ${what} ${seen}`.trimEnd());
}
const equal = (what, seen, wanted) => check(what, seen === wanted, `(${seen} instead of ${wanted})`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let problems = [];

async function open() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const begin = Date.now();
  await page.goto(pathToFileURL(resolve(file)).href);
  await page.waitForFunction(() => window.mujun?.ready, null, { timeout: 60000 });
  console.log(`     ${parcels.count} parcels, ready after ${Date.now() - begin} ms`);
  return page;
}

/** How many different colours the map holds, and how many of its pixels stand clear of the commonest. */
function colours(page) {
  return page.evaluate(() => {
    const seen = new Map();
    let total = 0;
    for (const canvas of document.querySelectorAll("#map canvas")) {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let i = 0; i < data.length; i += 4 * 7) {
        const key = `${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
        total++;
      }
    }
    return { kinds: seen.size, besides: total - Math.max(0, ...seen.values()) };
  });
}

const number = (text) => Number(text.replaceAll(",", ""));
const visible = (page) => page.evaluate(() => window.mujun.visibleCount());
const figure = async (page, id) => number(await page.textContent(`#${id}`));

/** The legend against the data, for the parcels kept. */
async function legendIs(page, when, keep) {
  for (const grade of grades) {
    const of = (row) => keep(row) && gradeOf(row) === grade;
    equal(`${when}: the legend counts grade ${grade}`, await figure(page, `count-${grade}`), count(of));
    const land = await figure(page, `mu-${grade}`);
    check(`${when}: and its mu`, Math.abs(land - mu(of)) < 0.06, `(${land} instead of ${mu(of)})`);
  }
  const listed = (row) => keep(row) && parcels.listed[row] === 1;
  equal(`${when}: the legend counts the listed`, await figure(page, "count-listed"), count(listed));
  equal(`${when}: all that is shown is counted`, await visible(page), count(keep));
}

async function wholePage(page) {
  const { kinds, besides } = await colours(page);
  check("the map is painted in several colours", kinds > 5 && besides > 100, `(${kinds} colours, ${besides} points)`);
  equal("the title is shown as text", await page.textContent("h1"), survey.title);
  equal("banners say what is schematic and what is illustrative", await page.locator(".banner").count(), Number(survey.schematic) + Number(survey.illustrative));
  check("there is a scale bar", /\d+ k?m/.test(await page.textContent(".ol-scale-line-inner")));
  equal("there is a north arrow", await page.locator(".north").count(), 1);
  const foot = await page.textContent("#foot");
  check("the foot names the rulebook and every source", [survey.rulebook.name, ...survey.source].every((text) => foot.includes(text)), foot);
  equal("no text of the data became an element: the page's own script is alone", await page.locator("body img, body iframe, body style, body script:not(#survey)").count(), 1);
  await legendIs(page, "at first", () => true);
}

async function filtering(page) {
  const present = grades.filter((grade) => rows.some((row) => gradeOf(row) === grade));
  const left = present[0];
  await page.uncheck(`#grade-${left}`);
  check("leaving out a grade shows fewer", (await visible(page)) < parcels.count);
  await legendIs(page, `without ${left}`, (row) => gradeOf(row) !== left);
  await page.check(`#grade-${left}`);

  const district = survey.districts.findIndex((_, place) => rows.some((row) => parcels.district[row] === place));
  if (district >= 0) {
    await page.selectOption("#district", String(district));
    await legendIs(page, "in one district", (row) => parcels.district[row] === district);
    await page.check("#listed-only");
    equal("district and listed only go together", await visible(page), count((row) => parcels.district[row] === district && parcels.listed[row] === 1));
    await page.uncheck("#listed-only");
  }
  if (await page.isVisible("#reset")) await page.click("#reset");
  equal("filters can be cleared", await visible(page), parcels.count);

  await page.check("#listed-only");
  await legendIs(page, "listed only", (row) => parcels.listed[row] === 1);
  await page.uncheck("#listed-only");
}

async function layers(page) {
  const before = await colours(page);
  await page.uncheck("#layer-parcels");
  await page.waitForTimeout(400);
  const without = await colours(page);
  check("the parcels can be switched off", without.kinds < before.kinds || without.besides < before.besides);
  await page.check("#layer-parcels");
  await page.waitForTimeout(400);
}

/** What the popup must say of a parcel. */
async function popupTells(page, row, how) {
  const text = await page.textContent("#popup");
  const holds = (what, wanted) => check(`${how}: ${what}`, wanted.every((part) => text.includes(part)), `(${JSON.stringify(wanted)} not in: ${text.slice(0, 200)})`);
  equal(`${how}: the popup is headed by the id`, await page.textContent("#popup h2"), parcels.id[row]);
  holds("it tells why the parcel is listed", parcels.reasons[row].flatMap((place) => [survey.rules[place].name, survey.rules[place].clause ?? ""]));
  holds("it tells what is wrong in the data", parcels.findings[row].map((place) => survey.finding_codes[place].title));
  holds("it names enterprise, district, park and layout", [
    parcels.enterprise[row] ?? "–",
    survey.districts[parcels.district[row]]?.name ?? "–",
    survey.parks[parcels.park[row]]?.name ?? "–",
    ...parcels.layout[row].map((place) => survey.layout[place].name),
  ]);
  if (parcels.firmness?.[row]) check(`${how}: the popup tells how firm the grade is`, text.includes(parcels.firmness[row]), text);
  const cells = await page.locator("#popup .indicators tbody tr").evaluateAll((lines) => lines.map((line) => [...line.querySelectorAll("td")].map((cell) => cell.textContent)));
  const right = survey.indicators.every(({ id, decimals }, place) => {
    const wanted = [[parcels.i[id]?.[row], decimals], [parcels.s[id]?.[row], 2]];
    return wanted.every(([value, places], column) => {
      const shown = cells[place]?.[column];
      return value === null || value === undefined ? shown === "–" : Math.abs(number(shown) - value) <= 0.5000001 * 10 ** -places;
    });
  });
  check(`${how}: its indicators are those of the data, a dash where missing`, right, JSON.stringify(cells));
}

async function clicking(page) {
  const target = rows.find((row) => parcels.listed[row] === 1 && parcels.reasons[row].length > 0 && drawn(row)) ?? rows.find(drawn);
  if (target === undefined) return;
  const [x, y] = await page.evaluate((row) => window.mujun.pixelOf(row), target);
  await page.waitForTimeout(300);
  await page.mouse.click(x, y);
  await page.waitForSelector("#popup:not([hidden])");
  await popupTells(page, target, "a click");
  await page.waitForTimeout(600);
  if (screenshot) await page.screenshot({ path: screenshot });
  await page.keyboard.press("Escape");
  check("Escape closes the popup", await page.isHidden("#popup"));
}

async function finding(page) {
  const ids = new Map(rows.map((row) => [parcels.id[row], row]));
  const flawed = rows.findLast((row) => parcels.findings[row].length > 0 && rows.indexOf(row) === ids.get(parcels.id[row])) ?? parcels.count - 1;
  const target = parcels.id.indexOf(parcels.id[flawed]);
  if (target < 0) return;
  await page.fill("#search", parcels.id[target]);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#popup:not([hidden])");
  await popupTells(page, target, "the search");
  await page.keyboard.press("Escape");
  check("select() takes an id", await page.evaluate((id) => window.mujun.select(id), parcels.id[target]));
  check("and shows it", await page.isVisible("#popup"));
  await page.keyboard.press("Escape");
  check("an unknown id is not found", !(await page.evaluate(() => window.mujun.select("no such parcel \u0000"))));
}

async function narrow(page) {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.waitForTimeout(400);
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check("a narrow window needs no sideways scrolling", (await over()) <= 0, `(${await over()} px)`);
  const target = rows.find((row) => parcels.listed[row] === 1 && drawn(row)) ?? rows.find(drawn);
  if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-narrow.png") });
  if (target === undefined) return;
  await page.evaluate((id) => window.mujun.select(id), parcels.id[target]);
  await page.waitForTimeout(400);
  const box = await page.locator("#popup").boundingBox();
  check("nor does the popup", (await over()) <= 0 && box.x >= 0 && box.x + box.width <= 390);
  if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-narrow-popup.png") });
}

try {
  const page = await open();
  if (screenshot) await page.screenshot({ path: screenshot.replace(/\.png$/, "-whole.png") });
  for (const part of [wholePage, layers, filtering, clicking, finding, narrow]) await part(page);
  check("no errors, no dialogs, nothing asked of the network", problems.length === 0, problems.join("; "));
} catch (error) {
  check("the test ran to its end", false, `${error.message} ${problems.join("; ")}`);
} finally {
  await browser.close();
}
console.log(failed === 0 ? `map: ${passed} checks passed` : `map: ${failed} checks failed, ${passed} passed`);
process.exit(failed === 0 ? 0 : 1);
