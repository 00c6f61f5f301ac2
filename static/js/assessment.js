// Saves each answer as soon as it is given, shows that, and retries while offline. Without it, the buttons save the page.
const form = document.querySelector("form[data-autosave]");
const said = form?.querySelector("[data-said]");
const WAITS = [2, 4, 8, 15, 30];
let dirty = false, busy = false, failures = 0, timer, pressed;

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
    else if (answer.status === 404) say("These answers were deleted. Reload the page.", true);
    else if (answer.status === 409) say((await answer.json()).said, true);
    else if (answer.status < 500 && answer.status !== 429) say("This page is out of date. Reload it to continue. Saved answers are kept.", true);
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
  say("Not saved: no connection. Leave this page open. It tries again automatically.", true);
  timer = setTimeout(save, wait * 1000);
}

// Without a connection, a browser would replace the answers by an error page. The button is pressed once they are saved.
function leave(event) {
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

function show({ faults, said: progress, answered }) {
  for (const question of form.querySelectorAll("[data-item]")) {
    const fault = question.querySelector("[data-fault]");
    const sentence = faults[question.dataset.item] ?? "";
    fault.textContent = sentence;
    fault.hidden = !sentence;
    question.classList.toggle("invalid", Boolean(sentence));
  }
  document.querySelector("#progress-said").textContent = progress;
  document.querySelector(".progress-header progress").value = answered;
  const faulty = Object.values(faults);
  say(faulty.length ? faulty[0] : "Saved.", faulty.length > 0);
}

// A value has one place: if it is moved to a taken place, the two values are swapped.
const places = [...form?.querySelectorAll("[data-place]") ?? []];
let before = places.map((place) => place.value);
function exchange(changed) {
  const at = places.indexOf(changed);
  const other = places.findIndex((place, number) => number !== at && place.value && place.value === changed.value);
  if (other >= 0) places[other].value = before[at];
  before = places.map((place) => place.value);
}

const counter = form?.querySelector("[data-count]");
function count() {
  const chosen = form.querySelectorAll(`[name=${counter.dataset.count}]:checked`).length;
  counter.textContent = `${chosen} of at most ${counter.dataset.most} chosen`;
  counter.hidden = false;
}

if (form) {
  form.addEventListener("change", ({ target }) => {
    if (places.includes(target)) exchange(target);
    if (counter) count();
    dirty = true;
    failures = 0;
    say("Saving …");
    save();
  });
  addEventListener("online", save);
  form.addEventListener("submit", leave);
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  if (counter) count();
}
