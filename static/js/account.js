// Choosing another account shows the question again for it: what may be allowed depends on the role there.
const choice = document.querySelector("[data-reload]");
if (choice) {
  const show = choice.querySelector("button");
  show.hidden = true;
  const redraw = () => show.form.requestSubmit(show);
  choice.addEventListener("change", redraw);
  // Somebody may have chosen before this script came.
  if (!choice.querySelector(":checked").defaultChecked) redraw();
}
