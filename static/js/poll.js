// Shows what a page waits for: polls [data-look] less and less often, only while the page is visible, and not for ever. The answer is
// the page, or JSON with a part of it as `html`. Its element of the same id takes the place of this one when its data-state differs;
// data-said is then read out, and [data-stopped] shows at the end. [data-without-script] is what a script makes superfluous. Around it is a section with a heading and a status.
const PAUSES = [2, 2, 3, 5, 5, 10, 10];
const LAST_PAUSE = 20;
// About half an hour.
const MOST_LOOKS = 90;

for (const waiting of document.querySelectorAll("[data-look]")) watch(waiting);

function watch(present) {
  const section = present.closest("section"), status = section.querySelector("[role=status]");
  let looks = 0, timer, busy = false;

  async function look() {
    if (document.hidden || busy || !present.dataset.look) return;
    if (looks > MOST_LOOKS) return stop();
    busy = true;
    const found = await fetched(present).catch(() => null);
    busy = false;
    if (found && found.dataset.state !== present.dataset.state) take(found);
    wait();
  }

  function take(found) {
    const lost = present.contains(document.activeElement);
    present.replaceWith(document.adoptNode(found));
    present = found;
    tidy();
    if (lost) section.querySelector("h2").focus();
    if (present.dataset.said) status.textContent = present.dataset.said;
  }

  function tidy() {
    for (const link of present.querySelectorAll("[data-without-script]")) link.hidden = true;
  }

  function stop() {
    const said = present.querySelector("[data-stopped]");
    if (said) said.hidden = false;
  }

  // A page that comes back to the front looks at once.
  function wait() {
    clearTimeout(timer);
    timer = setTimeout(look, (PAUSES[looks++] ?? LAST_PAUSE) * 1000);
  }

  document.addEventListener("visibilitychange", look);
  tidy();
  wait();
}

async function fetched({ id, dataset }) {
  const answer = await fetch(dataset.look, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) return null;
  const json = answer.headers.get("Content-Type").startsWith("application/json");
  const markup = json ? (await answer.json()).html : await answer.text();
  return new DOMParser().parseFromString(markup, "text/html").getElementById(id);
}
