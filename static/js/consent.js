// Allow works when something is left to allow, and once this page has been in front for a moment: a second click that was meant
// for a window that just closed must not land on it. The Enter key does nothing outside of buttons; without this script it shows
// the page again. What the app could see and change is counted again after every change.
const MOMENT = 700;
const COUNTING = 150;
const consent = document.querySelector("[data-consent]");
if (consent) {
  const allow = consent.querySelector("[data-allow]");
  const nothingLeft = consent.querySelector("[data-nothing-left]");
  const boxes = [...consent.querySelectorAll("[name=deny]")];
  let ready = false;
  let waiting;
  const show = () => {
    nothingLeft.hidden = !boxes.every((box) => box.checked);
    allow.disabled = !ready || !nothingLeft.hidden;
  };
  const wait = () => {
    const focused = document.activeElement === allow;
    ready = false;
    show();
    clearTimeout(waiting);
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    waiting = setTimeout(() => {
      ready = true;
      show();
      if (focused && !allow.disabled) allow.focus();
    }, MOMENT);
  };
  consent.addEventListener("change", show);
  consent.addEventListener("submit", (event) => {
    if (event.submitter?.value === "none") event.preventDefault();
  });
  addEventListener("focus", wait);
  addEventListener("pageshow", wait);
  document.addEventListener("visibilitychange", wait);
  wait();

  const reach = consent.querySelector("[data-reach]");
  let latest = 0;
  const item = (text) => Object.assign(document.createElement("li"), { textContent: text });
  const count = async () => {
    const mine = ++latest;
    reach.setAttribute("aria-busy", "true");
    await new Promise((done) => setTimeout(done, COUNTING));
    if (mine !== latest) return;
    const answer = await fetch(consent.dataset.preview, { method: "POST", body: new FormData(consent), redirect: "error" }).catch(() => null);
    const counted = answer?.ok ? await answer.json() : null;
    if (mine !== latest) return;
    // Numbers of other choices would be wrong.
    reach.hidden = counted === null;
    if (counted) for (const name of ["sees", "changes"]) reach.querySelector(`[data-${name}]`).replaceChildren(...counted[name].map(item));
    reach.removeAttribute("aria-busy");
  };
  if (reach) {
    consent.addEventListener("change", count);
    // Browsers fill in what was chosen before the page was loaded again.
    const changed = (field) => (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
    addEventListener("pageshow", () => { if ([...consent.querySelectorAll("input:not([type=radio])")].some(changed)) count(); });
  }
}
