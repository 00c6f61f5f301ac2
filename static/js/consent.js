// Allow works when something is left to allow, and once this page has been in front for a moment: a second click that was meant
// for a window that just closed must not land on it. The Enter key does nothing outside of buttons; without this script it shows
// the page again.
const MOMENT = 700;
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
}
