// Shows a debrief once it is written: polls less and less often, and only while the page is visible.
const PAUSES = [2, 2, 3, 5, 5, 10, 10, 20, 30];
const LAST_PAUSE = 60;
const GIVE_UP_AFTER = 30 * 60_000;
const panel = document.querySelector("#debrief");
const began = Date.now();
let looks = 0;

async function look() {
  const present = panel.querySelector("[data-look]");
  if (!present || Date.now() - began > GIVE_UP_AFTER) return;
  if (!document.hidden) {
    const found = await fetched(present.dataset.look).catch(() => null);
    if (found && found.dataset.debrief !== present.dataset.debrief) take(present, found);
  }
  wait();
}

async function fetched(url) {
  const answer = await fetch(url, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-debrief]");
}

function take(present, found) {
  const lost = present.contains(document.activeElement);
  present.replaceWith(document.adoptNode(found));
  hideLink();
  if (lost) panel.querySelector("h2").focus();
  if (!found.dataset.look) panel.querySelector("[role=status]").textContent = panel.dataset.changed;
}

// Refreshing is done here, so the link that does it by hand goes.
function hideLink() {
  for (const link of panel.querySelectorAll("[data-without-script]")) link.hidden = true;
}

function wait() {
  setTimeout(look, (PAUSES[looks++] ?? LAST_PAUSE) * 1000);
}

if (panel?.querySelector("[data-look]")) {
  hideLink();
  wait();
}
