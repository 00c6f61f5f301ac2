// A button [data-reveal=field] shows what was typed into a password field. Without it, the field hides it as usual.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.firstElementChild.textContent = visible ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // Browsers offer what was typed into a text field to the next person.
  field.form.addEventListener("submit", () => show(false));
}
