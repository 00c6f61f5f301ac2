// Saves each answer as soon as it is given, shows that, and retries while offline. Without it, the buttons save the page.
const form = document.querySelector("form[data-autosave]");
const said = form?.querySelector("[data-said]");
const summary = document.querySelector("[data-summary]");
const next = form?.querySelector("button[name=go][value=next]");
const WAITS = [2, 4, 8, 15, 30];
// Long enough to see what was tapped.
const MOVES_ON_AFTER = 350;
let dirty = false, busy = false, failures = 0, timer, pressed, leaving, tapped = false;

function say(text, trouble = false) {
  said.textContent = text;
  said.classList.toggle("trouble", trouble);
}

async function save() {
  if (busy || !dirty) return;
  busy = true;
  dirty = false;
  clearTimeout(timer);
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
      keepalive: true, signal: AbortSignal.timeout(20_000),
    });
    failures = 0;
    if (answer.ok) show(await answer.json());
    else if (answer.status === 404) say(form.dataset.deleted, true);
    else if (answer.status === 409) say((await answer.json()).said, true);
    else if (answer.status < 500 && answer.status !== 429) say(form.dataset.outdated, true);
    else throw new Error(answer.status);
  } catch {
    dirty = true;
    later();
  }
  busy = false;
  if (dirty && !failures) save();
  else if (!dirty && pressed) press();
}

function later() {
  const wait = WAITS[Math.min(failures++, WAITS.length - 1)];
  say(form.dataset.unsaved, true);
  timer = setTimeout(save, wait * 1000);
}

// Without a connection, a browser would replace the answers by an error page. The button is pressed once they are saved.
function leave(event) {
  clearTimeout(leaving);
  dirty = Boolean(failures) || !navigator.onLine;
  if (!dirty) return;
  event.preventDefault();
  pressed = event.submitter;
  save();
}

function press() {
  form.removeEventListener("submit", leave);
  form.requestSubmit(pressed);
}

function show({ faults, gaps, said: progress, percent }) {
  for (const question of form.querySelectorAll("[data-item]")) {
    const fault = question.querySelector("[data-fault]");
    const stillMissing = fault.hidden ? undefined : gaps[question.dataset.item];
    const sentence = faults[question.dataset.item] ?? stillMissing ?? "";
    fault.textContent = sentence;
    fault.hidden = !sentence;
    question.classList.toggle("invalid", Boolean(sentence));
  }
  for (const line of summary?.querySelectorAll("[data-about]") ?? []) {
    const sentence = faults[line.dataset.about] ?? gaps[line.dataset.about];
    if (sentence) line.firstElementChild.textContent = sentence;
    else line.remove();
  }
  if (!summary?.querySelector("[data-about]")) summary?.remove();
  document.querySelector("#progress-said").textContent = progress;
  document.querySelector(".progress-header progress").value = percent;
  const faulty = Object.values(faults);
  // What was chosen meanwhile is sent next, and not saved yet.
  if (!dirty) say(faulty.length ? faulty[0] : form.dataset.saved, faulty.length > 0);
}

// Each group of radio buttons is one answer.
const groups = [...new Set([...form?.querySelectorAll("[type=radio]") ?? []].map((button) => button.name))];
const answered = () => groups.every((name) => form.elements[name].value);
const movesOn = groups.length > 0 && !answered();

// Of one statement: choosing it as most clears it as least.
function clearOther(chosen) {
  const [end, item] = chosen.name.split(".");
  const other = form.elements[`${end === "most" ? "least" : "most"}.${item}`];
  for (const button of other ?? []) if (button.value === chosen.value) button.checked = false;
}

// Only for a finger or a mouse: with arrow keys, a choice on the way to another one would count.
function moveOn() {
  clearTimeout(leaving);
  if (movesOn && tapped && answered()) leaving = setTimeout(() => form.requestSubmit(next), MOVES_ON_AFTER);
}

function written(counted, count) {
  counted.textContent = counted.dataset.words.replace("{count}", count);
  counted.hidden = false;
}

const counter = form?.querySelector("[data-count]");
const countChosen = () => written(counter, form.querySelectorAll(`[name=${counter.dataset.count}]:checked`).length);

// Values are put in order by tapping one after the other. The lists behind it are what is sent.
const taps = form?.querySelector("[data-taps]");
const lists = [...form?.querySelectorAll("[data-lists] select") ?? []];
let order = lists.map((list) => list.value).filter(Boolean);

function tap({ target }) {
  const value = target.closest("button")?.value;
  if (!value) return;
  if (order.includes(value)) order = order.filter((each) => each !== value);
  else if (order.length < lists.length) order.push(value);
  lists.forEach((list, place) => { list.value = order[place] ?? ""; });
  showOrder();
  changed();
}

function showOrder() {
  for (const button of taps.querySelectorAll("button")) {
    const place = order.indexOf(button.value) + 1;
    button.setAttribute("aria-pressed", String(place > 0));
    button.querySelector(".taps-place").textContent = place || "";
  }
  written(taps.querySelector("[data-words]"), order.length);
}

function changed() {
  dirty = true;
  failures = 0;
  say(form.dataset.saving);
  save();
}

if (form) {
  form.addEventListener("pointerdown", () => { tapped = true; });
  form.addEventListener("keydown", () => { tapped = false; });
  form.addEventListener("change", ({ target }) => {
    if (target.name?.startsWith("most.") || target.name?.startsWith("least.")) clearOther(target);
    if (counter) countChosen();
    changed();
    moveOn();
  });
  addEventListener("online", save);
  form.addEventListener("submit", leave);
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  if (counter) countChosen();
  if (movesOn) form.querySelector("[data-moves-on]").hidden = false;
  if (taps) {
    taps.addEventListener("click", tap);
    taps.hidden = false;
    form.querySelector("[data-lists]").hidden = true;
    showOrder();
  }
}
