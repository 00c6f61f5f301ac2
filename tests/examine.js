// Runs in every page that a test opens in Chromium, as soon as it is there with its styles: says what is wrong with it, in sentences.
// ORIGIN is the site under test, reportPage() is what the test listens to, and AXE is the script of axe-core, if there is one. FREE is
// how those pages looked in which axe-core found nothing: one that looks the same need not be asked again.
if (window === top && location.origin === ORIGIN) {
  reportPage("arrived", []);
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    reportPage("noticed", [`breaks its policy: ${violatedDirective} kept out ${blockedURI || sample}`]));
  shown().then(async () => reportPage("examined", [...examine(), ...await barriers()]));
}

// Not when everything has loaded: a test that presses something before that begins to leave, and then the rest never comes.
// Nor may it wait for DOMContentLoaded alone: Chromium leaves that out where it had to drop a deferred script.
async function shown() {
  let parsed = false;
  addEventListener("DOMContentLoaded", () => parsed = true);
  const styled = () => [...document.querySelectorAll("link[rel=stylesheet]")].every(link => link.sheet);
  while (document.readyState !== "complete" && !(parsed && styled())) await new Promise(done => setTimeout(done, 5));
}

function examine() {
  const found = [], ids = new Map();
  const spaced = text => text.replace(/\s+/g, " ").trim();
  const headlines = [...document.querySelectorAll("h1")].map(h1 => spaced(h1.innerText));
  if (headlines.length !== 1 || spaced(document.title) !== `${headlines[0]} · Profile`)
    found.push(`is called "${document.title}" but headed "${headlines.join('", "')}"`);
  if (!LANGUAGES.includes(document.documentElement.lang)) found.push("does not say its language");
  for (const { id } of document.querySelectorAll("[id]")) ids.set(id, (ids.get(id) ?? 0) + 1);
  for (const [id, times] of ids) if (times > 1) found.push(`has the id "${id}" ${times} times`);
  for (const control of document.querySelectorAll("input:not([type=hidden], [type=submit]), select, textarea"))
    if (!control.labels.length && !control.ariaLabel && !control.hasAttribute("aria-labelledby"))
      found.push(`has a field "${control.name}" without a label`);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`is ${scrollWidth} px wide in a window of ${clientWidth} px`);
  return found;
}

// Of these attributes the value counts, of all others that they are there.
const TELLING = /^(class|type|role|lang|tabindex|autocomplete|aria-(?!label|describedby|controls).*)$/;

async function barriers() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const looks = digest(`${innerWidth} ${dark} ${shape(document.documentElement)}`);
  if (FREE.includes(looks)) return [];
  if (!start(AXE)) return [];
  const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  if (!violations.length) reportPage("free", [looks]);
  return violations.map(({ help, id, nodes }) => `keeps people out: ${help} (${id}): ${nodes.slice(0, 5).map(n => n.target[0]).join(", ")}`);
}

// Run a script in this page, by the nonce that the page has for its own.
function start(script) {
  const element = document.createElement("script");
  element.nonce = document.querySelector("script[nonce]")?.nonce;
  element.textContent = script;
  document.head.append(element);
  element.remove();
  if (script && !window.axe) throw new Error("axe-core did not start");
  return script;
}

// What axe-core sees of an element and all in it, without its words and addresses. Of neighbours alike, such as rows, one stands for all.
function shape(element) {
  const said = [...element.attributes].map(({ name, value }) => TELLING.test(name) ? `${name}=${value}` : name).sort();
  const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const inside = [...element.children].map(shape).filter((one, at, all) => at === 0 || one !== all[at - 1]);
  return `<${[element.tagName, ...said].join(" ")}>${words ? "…" : ""}${inside.join("")}</>`;
}

function digest(text) {
  let one = 1, other = 2;
  for (let at = 0; at < text.length; at++) {
    one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
    other = Math.imul(other ^ text.charCodeAt(at), 1597334677) ^ (one >>> 15);
  }
  return `${one >>> 0}-${other >>> 0}`;
}
