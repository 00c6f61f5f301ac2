// Choosing another account reloads the consent page for it: what can be allowed depends on the role there.
const choice = document.querySelector("[data-reload]");
if (choice) {
  const show = choice.querySelector("button");
  show.hidden = true;
  const redraw = () => show.form.requestSubmit(show);
  choice.addEventListener("change", redraw);
  // The choice may have changed before this script was loaded.
  if (!choice.querySelector(":checked").defaultChecked) redraw();
}
