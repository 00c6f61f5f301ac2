// Forms that use a passkey: [data-passkey=address] gets the options there, runs the passkey dialog, and sends the answer with the form.
// Without a script, or in a browser with poor passkey support, such a form stays hidden and [data-without-passkey] shows the alternatives.
const SENTENCES = {
  NotAllowedError: "Nothing was done. It was cancelled or took too long. Try again when you are ready.",
  InvalidStateError: "This device already has a passkey for you. Use another device, or go back.",
  NotSupportedError: "This device cannot store this passkey. Use another device.",
};

async function ask(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (answer.status === 429) throw new Error("Too many attempts. Wait a minute, then try again.");
  if (!answer.ok || answer.redirected) throw new Error("This page was open for too long. Reload it.");
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
    said.textContent = "Follow the steps in your browser.";
    try {
      await ask(form);
    } catch (problem) {
      said.textContent = SENTENCES[problem.name] ?? (problem.constructor === Error ? problem.message : "That did not work. Try again.");
    }
  });
}
