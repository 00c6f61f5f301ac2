// Choosing another account shows the question again for it: what may be allowed depends on the role there.
const choice = document.querySelector("[data-reload]");
if (choice) {
  const show = choice.querySelector("button");
  show.hidden = true;
  choice.addEventListener("change", () => show.form.requestSubmit(show));
}
