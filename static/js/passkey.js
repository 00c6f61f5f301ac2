// Forms that use a passkey: [data-passkey=address] gets the options there, runs the passkey dialog, and sends the answer with the form.
// Without a script, or in a browser with poor passkey support, such a form stays hidden and [data-without-passkey] shows the alternatives.
// The words are in attributes of the form.
const WORDS = { NotAllowedError: "cancelled", InvalidStateError: "known", NotSupportedError: "unsupported", TooOften: "often", TooLate: "late" };

class Refused extends Error {
  constructor(name) {
    super(name);
    this.name = name;
  }
}

async function ask(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (answer.status === 429) throw new Refused("TooOften");
  if (!answer.ok || answer.redirected) throw new Refused("TooLate");
  const options = await answer.json();
  const credential = options.user
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.answer.value = JSON.stringify(credential);
  form.submit();
}

const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON;
for (const form of able ? document.querySelectorAll("[data-passkey]") : []) {
  const said = form.querySelector("[role=status]");
  form.hidden = false;
  for (const other of document.querySelectorAll("[data-without-passkey]")) other.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = form.dataset.follow;
    try {
      await ask(form);
    } catch (problem) {
      said.textContent = form.dataset[WORDS[problem.name] ?? "failed"];
    }
  });
}
