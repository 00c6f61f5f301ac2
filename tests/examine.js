// Runs in every page that a test opens in Chromium, as soon as it is there with its styles: says what is wrong with it, in sentences.
// Before it may stand axe-core; ORIGIN is the site under test, and reportPage() is what the test listens to.
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
  const headlines = [...document.querySelectorAll("h1")].map(h1 => h1.innerText.replace(/\s+/g, " ").trim());
  if (headlines.length !== 1 || document.title !== `${headlines[0]} · Profile`)
    found.push(`is called "${document.title}" but headed "${headlines.join('", "')}"`);
  if (document.documentElement.lang !== "en") found.push("does not say its language");
  for (const { id } of document.querySelectorAll("[id]")) ids.set(id, (ids.get(id) ?? 0) + 1);
  for (const [id, times] of ids) if (times > 1) found.push(`has the id "${id}" ${times} times`);
  for (const control of document.querySelectorAll("input:not([type=hidden], [type=submit]), select, textarea"))
    if (!control.labels.length && !control.ariaLabel && !control.hasAttribute("aria-labelledby"))
      found.push(`has a field "${control.name}" without a label`);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`is ${scrollWidth} px wide in a window of ${clientWidth} px`);
  return found;
}

async function barriers() {
  if (!window.axe) return [];
  const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  return violations.map(({ help, id, nodes }) => `keeps people out: ${help} (${id}): ${nodes.slice(0, 5).map(n => n.target[0]).join(", ")}`);
}
